#pragma once

#include <stdexcept>
#include <string>

namespace fastts {

/// An argument of a kernel is not as the kernel states: a TypeError or a RangeError in JavaScript.
class ArgumentError : public std::invalid_argument {
 public:
  enum Kind { type, range };

  ArgumentError(Kind kind, const std::string& message) : std::invalid_argument(message), kind_(kind) {}
  Kind kind() const { return kind_; }

 private:
  Kind kind_;
};

}  // namespace fastts
