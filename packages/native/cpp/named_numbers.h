#pragma once

// Numbers that JavaScript hands over together have names, and the order in which they travel is that of a list here.
// JavaScript has the same lists (src/names.ts), which are compared when the addon is loaded.

/// A struct of numbers of `type`. They come as one Float64Array, which `numbers` (addon/kernel.h) reads.
#define FASTTS_NUMBERS(name, type, ...) \
  struct name {                         \
    using Number = type;                \
    type __VA_ARGS__;                   \
  };                                    \
  constexpr const char* k##name##Names = #__VA_ARGS__

/// An enum class. A value comes as its place in the list.
#define FASTTS_CHOICES(name, ...)  \
  enum class name { __VA_ARGS__ }; \
  constexpr const char* k##name##Names = #__VA_ARGS__
