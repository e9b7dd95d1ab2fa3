#include "micro/pack.h"

#include <cstddef>
#include <new>

namespace fastts {
namespace {

constexpr std::align_val_t kAlignment{64};

struct Memory {
  float* floats = nullptr;
  int64_t capacity = 0;

  ~Memory() { release(); }

  void release() {
    if (floats) ::operator delete(floats, kAlignment);
    floats = nullptr;
    capacity = 0;
  }

  void reserve(int64_t wanted) {
    if (wanted <= capacity) return;
    release();
    floats = static_cast<float*>(::operator new(static_cast<size_t>(wanted) * sizeof(float), kAlignment));
    capacity = wanted;
  }
};

}  // namespace

float* scratch(Scratch use, int64_t floats) {
  thread_local Memory memories[static_cast<int>(Scratch::count)];
  Memory& memory = memories[static_cast<int>(use)];
  memory.reserve(floats);
  return memory.floats;
}

}  // namespace fastts
