#pragma once

#include <cstdint>
#include <new>

namespace fastts {

/// The system could not provide the requested memory.
class OutOfMemory : public std::bad_alloc {
 public:
  /// `bytes`: the number of bytes requested.
  explicit OutOfMemory(int64_t bytes);
  const char* what() const noexcept override;

 private:
  char message_[64];
};

}  // namespace fastts
