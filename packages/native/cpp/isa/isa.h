#pragma once

// Instruction sets, and how code is compiled for each of them in one binary.
//
// A file named `*.isa.cc` is compiled once per instruction set of the target architecture, with that set's flags,
// with FASTTS_ISA_NS defined as the set's name and one of FASTTS_ISA_PORTABLE, FASTTS_ISA_NEON, FASTTS_ISA_AVX2,
// FASTTS_ISA_AVX512 defined as 1. Its functions live in `namespace fastts::FASTTS_ISA_NS`. Such a file must not
// instantiate inline functions or templates of the standard library: the linker keeps one copy of each for the whole
// binary, and could keep the one that needs AVX-512.
//
// Declare such a function for all sets with FASTTS_PER_ISA, and call it through FASTTS_BY_ISA:
//
//   FASTTS_PER_ISA(void, scale, (float* x, int64_t n, float by))   // in a header or in the calling file
//   FASTTS_BY_ISA(scale)(x, n, 2.0f);

namespace fastts {

enum class Isa { portable, neon, avx2, avx512 };

/// The instruction set in use: FASTTS_ISA if set and supported here, else the best one that this machine supports.
Isa isa();

/// The name as FASTTS_ISA spells it: "portable", "neon", "avx2", "avx512".
const char* isa_name(Isa isa);

/// Whether this binary has code for `isa` and this machine can run it.
bool isa_available(Isa isa);

/// Switches to `isa`; returns false and changes nothing if it is not available. For tests.
bool set_isa(Isa isa);

/// One sentence on why FASTTS_ISA was not honored; null if it was, or was not set.
const char* isa_error();

}  // namespace fastts

#if defined(__x86_64__) || defined(_M_X64)
#define FASTTS_X64 1
#define FASTTS_PER_ISA(result, name, args) \
  namespace portable {                     \
  result name args;                        \
  }                                        \
  namespace avx2 {                         \
  result name args;                        \
  }                                        \
  namespace avx512 {                       \
  result name args;                        \
  }
#define FASTTS_BY_ISA(name)                                \
  (::fastts::isa() == ::fastts::Isa::avx512 ? avx512::name \
   : ::fastts::isa() == ::fastts::Isa::avx2 ? avx2::name   \
                                            : portable::name)
#elif defined(__aarch64__) || defined(_M_ARM64)
#define FASTTS_ARM64 1
#define FASTTS_PER_ISA(result, name, args) \
  namespace portable {                     \
  result name args;                        \
  }                                        \
  namespace neon {                         \
  result name args;                        \
  }
#define FASTTS_BY_ISA(name) (::fastts::isa() == ::fastts::Isa::neon ? neon::name : portable::name)
#else
#define FASTTS_PER_ISA(result, name, args) \
  namespace portable {                     \
  result name args;                        \
  }
#define FASTTS_BY_ISA(name) (portable::name)
#endif
