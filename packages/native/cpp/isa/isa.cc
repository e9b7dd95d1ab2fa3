#include "isa/isa.h"

#include <algorithm>
#include <atomic>
#include <cstdlib>
#include <cstring>
#include <initializer_list>
#include <string>

#if defined(FASTTS_X64)
#if defined(_MSC_VER)
#include <intrin.h>
#else
#include <cpuid.h>
#endif
#endif

namespace fastts {
namespace {

constexpr Isa kAll[] = {Isa::avx512, Isa::avx2, Isa::neon, Isa::portable};

#if defined(FASTTS_X64)
// Compilers' own tests of features are not used, because Zig's always fail.
struct Registers {
  unsigned eax, ebx, ecx, edx;
};

Registers cpuid(unsigned leaf) {
#if defined(_MSC_VER)
  int r[4];
  __cpuidex(r, static_cast<int>(leaf), 0);
  return {unsigned(r[0]), unsigned(r[1]), unsigned(r[2]), unsigned(r[3])};
#else
  Registers r{};
  __get_cpuid_count(leaf, 0, &r.eax, &r.ebx, &r.ecx, &r.edx);
  return r;
#endif
}

bool has(unsigned word, std::initializer_list<int> bits) {
  return std::all_of(bits.begin(), bits.end(), [=](int bit) { return (word >> bit) & 1; });
}

/** Whether the operating system saves these parts of the registers (bits of XCR0) when it switches threads. */
bool os_saves(std::initializer_list<int> parts) {
  constexpr int kOsxsave = 27;
  if (!has(cpuid(1).ecx, {kOsxsave})) return false;
#if defined(_MSC_VER)
  return has(static_cast<unsigned>(_xgetbv(0)), parts);
#else
  unsigned low, high;
  __asm__("xgetbv" : "=a"(low), "=d"(high) : "c"(0));
  return has(low, parts);
#endif
}

bool has_avx2() {
  constexpr int kFma = 12, kF16c = 29, kAvx2 = 5;
  return has(cpuid(1).ecx, {kFma, kF16c}) && has(cpuid(7).ebx, {kAvx2}) && os_saves({1, 2});
}

bool has_avx512() {
  constexpr int kF = 16, kDq = 17, kBw = 30, kVl = 31;
  return has_avx2() && has(cpuid(7).ebx, {kF, kDq, kBw, kVl}) && os_saves({5, 6, 7});
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
