#pragma once

// For builds with AddressSanitizer, which knows the bounds of allocations only. A tensor's buffer can be larger than
// the tensor (src/pool.ts), or hold several tensors of a file.

#include <sanitizer/asan_interface.h>

#include <cstddef>
#include <utility>
#include <vector>

namespace fastts {

/// An array in JavaScript's memory, and the buffer that it is a part of.
struct ArrayMemory {
  void* data;
  size_t bytes;
  void* buffer;
  size_t buffer_bytes;
};

/// While it exists, an access to the arrays' buffers outside the arrays is an error.
class ArrayBounds {
 public:
  explicit ArrayBounds(std::vector<ArrayMemory> arrays) : arrays_(std::move(arrays)) {
    // Arrays can share a buffer: no array may be closed after another one was opened.
    for (const ArrayMemory& each : arrays_) ASAN_POISON_MEMORY_REGION(each.buffer, each.buffer_bytes);
    for (const ArrayMemory& each : arrays_) ASAN_UNPOISON_MEMORY_REGION(each.data, each.bytes);
  }
  ~ArrayBounds() {
    for (const ArrayMemory& each : arrays_) ASAN_UNPOISON_MEMORY_REGION(each.buffer, each.buffer_bytes);
  }
  ArrayBounds(const ArrayBounds&) = delete;
  ArrayBounds& operator=(const ArrayBounds&) = delete;

 private:
  std::vector<ArrayMemory> arrays_;
};

}  // namespace fastts
