#include "addon/kernel.h"

#include <cinttypes>
#include <cmath>
#include <cstdio>
#include <cstring>

#include "addon/argument_error.h"

namespace fastts {
namespace {

constexpr Arg kNothing{Arg::none, nullptr, 0, 0};

/// Name number `index` of a list separated by ", ".
std::string name_at(const char* names, int index) {
  for (; index > 0; --index) {
    names = std::strstr(names, ", ");
    if (!names) return "an argument that it does not have";
    names += 2;
  }
  return std::string(names, std::strcspn(names, ","));
}

const char* type_of(Arg::Kind kind) {
  switch (kind) {
    case Arg::none:
      return "nothing";
    case Arg::number:
      return "a number";
    case Arg::f32:
      return "a Float32Array";
    case Arg::f64:
      return "a Float64Array";
    case Arg::i32:
      return "an Int32Array";
    case Arg::u8:
      return "a Uint8Array";
    default:
      return "a value of another type";
  }
}

// Numbers are read once each, so that a thread that changes shared memory cannot change them after the check.
const volatile double* read_once(const void* numbers) { return static_cast<const volatile double*>(numbers); }

/// As JavaScript prints it, in most cases.
std::string shown(double value) {
  if (std::isnan(value)) return "NaN";
  if (std::isinf(value)) return value > 0 ? "Infinity" : "-Infinity";
  char text[32];
  std::snprintf(text, sizeof text, value == std::floor(value) && std::fabs(value) < 1e16 ? "%.0f" : "%.9g", value);
  return text;
}

std::string range_of(int64_t least, int64_t most) {
  const std::string from = least > -kMostElements ? " from " + std::to_string(least) : "";
  return "an integer" + from + (most < kMostElements ? " to " + std::to_string(most) : "");
}

bool is_integer(double value, int64_t least, int64_t most) {
  // NaN fails both comparisons.
  return value >= static_cast<double>(least) && value <= static_cast<double>(most) && value == std::floor(value);
}

std::string of_kernel(const KernelEntry& kernel, const std::string& argument) {
  return std::string("The native kernel ") + kernel.name + "'s `" + argument + "` must be ";
}

}  // namespace

Args::Args(const KernelEntry& kernel, const Arg* args, int count) : kernel_(kernel), args_(args), count_(count) {}

bool Args::given(int index) const { return at(index).kind != Arg::none; }

Arg::Kind Args::kind(int index) const { return at(index).kind; }

int64_t Args::length(int index) const { return at(index).length; }

float* Args::f32(int index, int64_t least) const {
  return static_cast<float*>(array(index, Arg::f32, "a Float32Array", least));
}

int32_t* Args::i32(int index, int64_t least) const {
  return static_cast<int32_t*>(array(index, Arg::i32, "an Int32Array", least));
}

uint8_t* Args::u8(int index, int64_t least) const {
  return static_cast<uint8_t*>(array(index, Arg::u8, "a Uint8Array", least));
}

float* Args::f32_or_null(int index, int64_t least) const { return given(index) ? f32(index, least) : nullptr; }

uint8_t* Args::bytes(int index, int64_t least) const {
  const Arg::Kind kind = at(index).kind;
  const bool is_copied = kind == Arg::f32 || kind == Arg::i32 || kind == Arg::u8;
  return static_cast<uint8_t*>(
      array(index, is_copied ? kind : Arg::f32, "a Float32Array, Int32Array or Uint8Array", least));
}

double Args::number(int index) const {
  const Arg& arg = at(index);
  if (arg.kind == Arg::number) return arg.value;
  throw ArgumentError(ArgumentError::type, of_kernel(kernel_, name_at(kernel_.parameters, index)) + "a number, got " +
                                               type_of(arg.kind) + ".");
}

bool Args::flag(int index) const { return number(index) != 0; }

int64_t Args::integer(int index, int64_t least, int64_t most) const {
  const double value = number(index);
  if (is_integer(value, least, most)) return static_cast<int64_t>(value);
  throw ArgumentError(ArgumentError::range, of_kernel(kernel_, name_at(kernel_.parameters, index)) +
                                                range_of(least, most) + ", got " + shown(value) + ".");
}

void Args::integers(int index, int64_t first, int64_t count, int64_t* to) const {
  const volatile double* const from = read_once(array(index, Arg::f64, "a Float64Array", first + count)) + first;
  for (int64_t i = 0; i < count; ++i) {
    const double value = from[i];
    if (!is_integer(value, -kMostElements, kMostElements)) {
      const std::string name = name_at(kernel_.parameters, index) + "[" + std::to_string(first + i) + "]";
      throw ArgumentError(ArgumentError::range,
                          of_kernel(kernel_, name) + "an integer up to 2^53, got " + shown(value) + ".");
    }
    to[i] = static_cast<int64_t>(value);
  }
}

void Args::refuse(int index, const char* wanted) const {
  const Arg& arg = at(index);
  const std::string got = arg.kind == Arg::number ? ", got " + shown(arg.value) : "";
  throw ArgumentError(ArgumentError::range,
                      of_kernel(kernel_, name_at(kernel_.parameters, index)) + wanted + got + ".");
}

int Args::count_names(const char* names) {
  int count = 1;
  for (; *names; ++names) count += *names == ',';
  return count;
}

const Arg& Args::at(int index) const { return index < count_ ? args_[index] : kNothing; }

void* Args::array(int index, Arg::Kind kind, const char* type, int64_t least) const {
  const Arg& arg = at(index);
  if (arg.kind == kind && arg.length >= least) return arg.data;
  const std::string wanted = of_kernel(kernel_, name_at(kernel_.parameters, index)) + type;
  if (arg.kind != kind) throw ArgumentError(ArgumentError::type, wanted + ", got " + type_of(arg.kind) + ".");
  throw ArgumentError(ArgumentError::range, wanted + " of at least " + std::to_string(least) + " elements, got " +
                                                std::to_string(arg.length) + ".");
}

void Args::read_integers(int index, const char* names, const int64_t* least, int count, int64_t* to) const {
  const volatile double* const from = read_once(array(index, Arg::f64, "a Float64Array", count));
  for (int i = 0; i < count; ++i) {
    const double value = from[i];
    if (!is_integer(value, least[i], kMostElements)) {
      const std::string name = name_at(kernel_.parameters, index) + "." + name_at(names, i);
      throw ArgumentError(ArgumentError::range,
                          of_kernel(kernel_, name) + range_of(least[i], kMostElements) + ", got " + shown(value) + ".");
    }
    to[i] = static_cast<int64_t>(value);
  }
}

void Args::read_numbers(int index, int count, double* to) const {
  std::memcpy(to, array(index, Arg::f64, "a Float64Array", count), static_cast<size_t>(count) * sizeof(double));
}

int64_t Args::product(const int64_t* sizes, int count) const {
  int64_t bound = 1;
  bool is_empty = false;
  for (int i = 0; i < count; ++i) {
    is_empty = is_empty || sizes[i] == 0;
    const int64_t size = sizes[i] > 1 ? sizes[i] : 1;
    if (bound > kMostElements / size) {
      std::string text;
      for (int j = 0; j < count; ++j) text += (j ? ", " : "") + std::to_string(sizes[j]);
      throw ArgumentError(ArgumentError::range, std::string("The native kernel ") + kernel_.name +
                                                    " cannot have an array of sizes [" + text +
                                                    "]: no array has more than 2^53 elements.");
    }
    bound *= size;
  }
  return is_empty ? 0 : bound;
}

}  // namespace fastts
