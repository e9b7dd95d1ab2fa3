#include "addon/kernel.h"

#include <stdexcept>
#include <string>

#include "parallel/parallel.h"

namespace fastts {

void bad_argument(int index, const char* wanted) {
  throw std::invalid_argument("argument " + std::to_string(index) + " of a native kernel must be " + wanted + ".");
}

void parallel_ranges(int64_t n, int64_t grain, void (*body)(const void* of, int64_t begin, int64_t end),
                     const void* of) {
  parallel_for(n, grain, [=](int64_t begin, int64_t end) { body(of, begin, end); });
}

}  // namespace fastts
