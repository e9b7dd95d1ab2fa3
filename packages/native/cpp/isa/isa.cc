#include "isa/isa.h"

#include <atomic>
#include <cstdlib>
#include <cstring>
#include <string>

#if defined(FASTTS_X64) && defined(_MSC_VER)
#include <intrin.h>
#endif

namespace fastts {
namespace {

constexpr Isa kAll[] = {Isa::avx512, Isa::avx2, Isa::neon, Isa::portable};

#if defined(FASTTS_X64) && defined(_MSC_VER)
bool os_saves(unsigned long long mask) {
  int info[4];
  __cpuid(info, 1);
  bool osxsave = (info[2] >> 27) & 1;
  return osxsave && (_xgetbv(0) & mask) == mask;
}

bool has_avx2() {
  int one[4], seven[4];
  __cpuid(one, 1);
  __cpuidex(seven, 7, 0);
  bool fma = (one[2] >> 12) & 1, f16c = (one[2] >> 29) & 1, avx2 = (seven[1] >> 5) & 1;
  return fma && f16c && avx2 && os_saves(0x6);
}

bool has_avx512() {
  int seven[4];
  __cpuidex(seven, 7, 0);
  const unsigned ebx = static_cast<unsigned>(seven[1]);
  bool f = (ebx >> 16) & 1, dq = (ebx >> 17) & 1, bw = (ebx >> 30) & 1, vl = (ebx >> 31) & 1;
  return f && dq && bw && vl && has_avx2() && os_saves(0xe6);
}
#elif defined(FASTTS_X64)
bool has_avx2() {
  __builtin_cpu_init();
  return __builtin_cpu_supports("avx2") && __builtin_cpu_supports("fma") && __builtin_cpu_supports("f16c");
}

bool has_avx512() {
  return has_avx2() && __builtin_cpu_supports("avx512f") && __builtin_cpu_supports("avx512dq") &&
         __builtin_cpu_supports("avx512bw") && __builtin_cpu_supports("avx512vl");
}
#endif

bool detect(Isa isa) {
  switch (isa) {
    case Isa::portable:
      return true;
#if defined(FASTTS_X64)
    case Isa::avx2:
      return has_avx2();
    case Isa::avx512:
      return has_avx512();
#elif defined(FASTTS_ARM64)
    case Isa::neon:
      return true;
#endif
    default:
      return false;
  }
}

struct Choice {
  std::atomic<Isa> isa{Isa::portable};
  std::string error;

  Choice() {
    for (Isa each : kAll) {
      if (!detect(each)) continue;
      isa = each;
      break;
    }
    const char* wanted = std::getenv("FASTTS_ISA");
    if (!wanted || !*wanted) return;
    for (Isa each : kAll) {
      if (std::strcmp(wanted, isa_name(each)) != 0) continue;
      if (detect(each)) {
        isa = each;
      } else {
        error = std::string("FASTTS_ISA=") + wanted + " cannot run on this machine; using " + isa_name(isa) + ".";
      }
      return;
    }
    error = std::string("FASTTS_ISA=") + wanted + " is not one of portable, neon, avx2, avx512; using " +
            isa_name(isa) + ".";
  }
};

Choice& choice() {
  static Choice instance;
  return instance;
}

}  // namespace

Isa isa() { return choice().isa.load(std::memory_order_relaxed); }

const char* isa_name(Isa isa) {
  switch (isa) {
    case Isa::neon:
      return "neon";
    case Isa::avx2:
      return "avx2";
    case Isa::avx512:
      return "avx512";
    default:
      return "portable";
  }
}

bool isa_available(Isa isa) { return detect(isa); }

bool set_isa(Isa isa) {
  if (!detect(isa)) return false;
  choice().isa = isa;
  return true;
}

const char* isa_error() { return choice().error.empty() ? nullptr : choice().error.c_str(); }

}  // namespace fastts
