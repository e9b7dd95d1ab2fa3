#pragma once

#include <cstdint>

#include "isa/inline.h"

namespace fastts {

/// Memory for `count` values of `size` bytes each, 64-byte aligned, contents undefined. Throws OutOfMemory.
void* allocate_scratch(int64_t count, int64_t size);
void free_scratch(void* memory);

/// Temporary memory of a kernel: 64-byte aligned, contents undefined, freed with its owner.
///
/// Throws OutOfMemory (memory/out_of_memory.h) when allocation fails. All functions are inlined, so that files
/// compiled for an instruction set can use it (isa/isa.h).
template <class T>
class Scratch {
 public:
  FASTTS_ALWAYS_INLINE Scratch() : values_(nullptr), count_(0) {}
  FASTTS_ALWAYS_INLINE explicit Scratch(int64_t count)
      : values_(static_cast<T*>(allocate_scratch(count, sizeof(T)))), count_(count) {}
  FASTTS_ALWAYS_INLINE ~Scratch() { free_scratch(values_); }

  FASTTS_ALWAYS_INLINE Scratch(Scratch&& other) : values_(other.values_), count_(other.count_) {
    other.values_ = nullptr;
    other.count_ = 0;
  }
  FASTTS_ALWAYS_INLINE Scratch& operator=(Scratch&& other) {
    T* const values = values_;
    const int64_t count = count_;
    values_ = other.values_;
    count_ = other.count_;
    other.values_ = values;
    other.count_ = count;
    return *this;
  }

  FASTTS_ALWAYS_INLINE T* data() const { return values_; }
  FASTTS_ALWAYS_INLINE int64_t count() const { return count_; }

 private:
  T* values_;
  int64_t count_;
};

/// The purposes for which a thread keeps memory between calls; memory of different purposes does not overlap.
enum class Use { panels, image, tile, sums, taps, count };

/// At least `floats` floats of this thread's memory for `use`, 64-byte aligned, contents undefined. Stays valid until
/// the thread requests more for the same use. Throws OutOfMemory.
float* thread_scratch(Use use, int64_t floats);

}  // namespace fastts
