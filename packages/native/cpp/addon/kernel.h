#pragma once

// The interface of every kernel to JavaScript: a name and a function of typed arrays and numbers.
//
// The functions here are `static`, so that each file compiled for an instruction set keeps its own copy (isa/isa.h).

#include <string.h>

#include <cstdint>

namespace fastts {

/// One argument of a call: a typed array, a number, or nothing (null and undefined).
struct Arg {
  enum Kind { none, number, f32, f64, i32, u8 } kind;
  void* data;
  int64_t length;
  double value;
};

struct Args {
  const Arg* at;
  int count;
};

struct KernelEntry {
  const char* name;
  void (*run)(const Args& args);
};

/// Throws an error: argument `index` is not `wanted`.
[[noreturn]] void bad_argument(int index, const char* wanted);

template <class T>
static inline T* array(const Args& args, int index, Arg::Kind kind, int64_t least, const char* wanted) {
  if (index >= args.count || args.at[index].kind != kind || args.at[index].length < least) bad_argument(index, wanted);
  return static_cast<T*>(args.at[index].data);
}

/// Argument `index` as floats, at least `least` of them.
static inline float* f32(const Args& args, int index, int64_t least) {
  return array<float>(args, index, Arg::f32, least, "a large enough Float32Array");
}

static inline int32_t* i32(const Args& args, int index, int64_t least) {
  return array<int32_t>(args, index, Arg::i32, least, "a large enough Int32Array");
}

static inline uint8_t* u8(const Args& args, int index, int64_t least) {
  return array<uint8_t>(args, index, Arg::u8, least, "a large enough Uint8Array");
}

static inline double* f64(const Args& args, int index, int64_t least) {
  return array<double>(args, index, Arg::f64, least, "a large enough Float64Array");
}

static inline bool given(const Args& args, int index) { return index < args.count && args.at[index].kind != Arg::none; }

/// Floats, or null where the caller passed none.
static inline float* f32_or_null(const Args& args, int index, int64_t least) {
  return given(args, index) ? f32(args, index, least) : nullptr;
}

static inline double number(const Args& args, int index) {
  if (index >= args.count || args.at[index].kind != Arg::number) bad_argument(index, "a number");
  return args.at[index].value;
}

static inline int64_t integer(const Args& args, int index) { return static_cast<int64_t>(number(args, index)); }

/// Argument `index` as a struct of named numbers (named_numbers.h).
template <class Numbers>
static inline Numbers numbers(const Args& args, int index) {
  constexpr int64_t kCount = sizeof(Numbers) / sizeof(typename Numbers::Number);
  const double* const from = f64(args, index, kCount);
  typename Numbers::Number values[kCount];
  for (int64_t i = 0; i < kCount; ++i) values[i] = static_cast<typename Numbers::Number>(from[i]);
  Numbers made;
  memcpy(&made, values, sizeof made);
  return made;
}

/// The number of elements of array argument `index`.
static inline int64_t length(const Args& args, int index) { return index < args.count ? args.at[index].length : 0; }

}  // namespace fastts
