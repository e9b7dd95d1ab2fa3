#pragma once

#include <cstdint>
#include <new>

namespace fastts {

/// The system did not give memory that was asked for.
class OutOfMemory : public std::bad_alloc {
 public:
  /// `bytes`: how many were asked for.
  explicit OutOfMemory(int64_t bytes);
  const char* what() const noexcept override;

 private:
  char message_[64];
};

}  // namespace fastts
