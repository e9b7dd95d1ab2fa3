#pragma once

// Numbers that JavaScript passes together have names, and are passed in the order of a list here.
// JavaScript has the same lists (src/names.ts), which are compared when the addon is loaded.

/// A struct of numbers of `type`. They are passed as one Float64Array, which `Args::numbers` (addon/kernel.h) reads.
#define FASTTS_NUMBERS(name, type, ...)                 \
  struct name {                                         \
    type __VA_ARGS__;                                   \
    static constexpr const char* kNames = #__VA_ARGS__; \
  };                                                    \
  constexpr const char* k##name##Names = name::kNames

/// An enum class. A value is passed as its index in the list.
#define FASTTS_CHOICES(name, ...)  \
  enum class name { __VA_ARGS__ }; \
  constexpr const char* k##name##Names = #__VA_ARGS__
