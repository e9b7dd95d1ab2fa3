#pragma once

// The interface of every kernel to JavaScript: a name, the names of its arguments, and a function that reads them.
//
// JavaScript may pass anything. A kernel reaches its arguments only through `Args`, by stating what each must be: an
// array's type and how many elements of it the kernel uses, a number's range. What differs is a JavaScript error that
// names the kernel, the argument and what was passed, so no call reads or writes outside its arrays.

#include <string.h>

#include <cstdint>

#include "isa/inline.h"

namespace fastts {

/// No size, stride or count of elements exceeds this: every integer up to it is exact in JavaScript.
constexpr int64_t kMostElements = (int64_t{1} << 53) - 1;

/// One argument of a call.
struct Arg {
  enum Kind { none, number, f32, f64, i32, u8, other } kind;  // none: null and undefined
  void* data;                                                 // never null for an array
  int64_t length;
  double value;
};

class Args;

struct KernelEntry {
  const char* name;
  const char* parameters;  // the arguments' names, separated by ", "
  void (*run)(const Args& args);
};

/// The arguments of one call of a kernel.
///
/// Every function throws ArgumentError (addon/argument_error.h) when the argument is not as stated. They are compiled
/// once or inlined, so that files compiled for an instruction set can use them (isa/isa.h).
class Args {
 public:
  Args(const KernelEntry& kernel, const Arg* args, int count);

  bool given(int index) const;
  Arg::Kind kind(int index) const;
  /// Number of elements of an array; 0 for other arguments.
  int64_t length(int index) const;

  /// The values of a Float32Array of at least `least` elements.
  float* f32(int index, int64_t least) const;
  int32_t* i32(int index, int64_t least) const;
  uint8_t* u8(int index, int64_t least) const;
  /// The same, or null where the caller passed none.
  float* f32_or_null(int index, int64_t least) const;
  /// The values of an array of any type, which `kind` returns.
  uint8_t* bytes(int index, int64_t least) const;

  double number(int index) const;
  bool flag(int index) const;
  int64_t integer(int index, int64_t least, int64_t most = kMostElements) const;
  /// One of the values of an enumeration, whose `names` are a list of FASTTS_CHOICES.
  template <class Choice>
  FASTTS_ALWAYS_INLINE Choice choice(int index, const char* names) const {
    return static_cast<Choice>(integer(index, 0, count_names(names) - 1));
  }

  /// A struct of named integers (named_numbers.h), each at least the number in `least` at its place.
  template <class Numbers, int kCount>
  FASTTS_ALWAYS_INLINE Numbers numbers(int index, const int64_t (&least)[kCount]) const {
    static_assert(sizeof(Numbers) == kCount * sizeof(int64_t), "one limit per number");
    int64_t values[kCount];
    read_integers(index, Numbers::kNames, least, kCount, values);
    Numbers made;
    memcpy(&made, values, sizeof made);
    return made;
  }

  /// A struct of named numbers of type double, of any values.
  template <class Numbers>
  FASTTS_ALWAYS_INLINE Numbers numbers(int index) const {
    constexpr int kCount = sizeof(Numbers) / sizeof(double);
    double values[kCount];
    read_numbers(index, kCount, values);
    Numbers made;
    memcpy(&made, values, sizeof made);
    return made;
  }

  /// Copies `count` integers, of magnitude up to kMostElements, of the Float64Array `index` from element `first` on.
  void integers(int index, int64_t first, int64_t count, int64_t* to) const;

  /// The product of sizes of at least 0. Throws if the product of those that are not 0 exceeds kMostElements, so that
  /// no product of some of them overflows.
  template <class... Sizes>
  FASTTS_ALWAYS_INLINE int64_t elements(Sizes... sizes) const {
    const int64_t all[] = {sizes...};
    return product(all, static_cast<int>(sizeof...(sizes)));
  }

  /// Throws a RangeError, "`argument` must be `wanted`.", unless `holds`.
  FASTTS_ALWAYS_INLINE void require(bool holds, int index, const char* wanted) const {
    if (!holds) refuse(index, wanted);
  }
  [[noreturn]] void refuse(int index, const char* wanted) const;

 private:
  const KernelEntry& kernel_;
  const Arg* const args_;
  const int count_;

  static int count_names(const char* names);
  const Arg& at(int index) const;
  void* array(int index, Arg::Kind kind, const char* type, int64_t least) const;
  void read_integers(int index, const char* names, const int64_t* least, int count, int64_t* to) const;
  void read_numbers(int index, int count, double* to) const;
  int64_t product(const int64_t* sizes, int count) const;
};

}  // namespace fastts
