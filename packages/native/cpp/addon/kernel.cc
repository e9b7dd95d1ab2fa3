#include "addon/kernel.h"

#include <stdexcept>
#include <string>

namespace fastts {

void bad_argument(int index, const char* wanted) {
  throw std::invalid_argument("argument " + std::to_string(index) + " of a native kernel must be " + wanted + ".");
}

}  // namespace fastts
