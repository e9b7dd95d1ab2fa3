#include "conv/groups.h"

#include <algorithm>

namespace fastts {
namespace {

constexpr int64_t kGroupChannels = 16;

// Calls visit(index in the filter of `shape`, index in that of `joined`) for the `ocg` adjacent weights of each tap,
// input channel of a group, and group.
template <class Visit>
void for_each_run(const ConvShape& shape, const ConvShape& joined, const Visit& visit) {
  const int64_t inputs = shape.ic / shape.groups, outputs = shape.oc / shape.groups;
  const int64_t joined_inputs = joined.ic / joined.groups, together = shape.groups / joined.groups;
  for (int64_t tap = 0; tap < shape.kh * shape.kw; ++tap) {
    for (int64_t c = 0; c < inputs; ++c) {
      for (int64_t group = 0; group < shape.groups; ++group) {
        const int64_t joined_c = group % together * inputs + c;
        visit((tap * inputs + c) * shape.oc + group * outputs,
              (tap * joined_inputs + joined_c) * shape.oc + group * outputs);
      }
    }
  }
}

}  // namespace

ConvShape join_groups(const ConvShape& shape) {
  const int64_t channels = std::max(shape.ic, shape.oc) / shape.groups;
  ConvShape joined = shape;
  for (int64_t together = 2; together <= shape.groups && together * channels <= kGroupChannels; ++together) {
    if (shape.groups % together == 0) joined.groups = shape.groups / together;
  }
  return joined;
}

Scratch<float> join_filter(const ConvShape& shape, const ConvShape& joined, const float* filter) {
  const int64_t outputs = shape.oc / shape.groups;
  Scratch<float> made(joined.kh * joined.kw * joined.ic / joined.groups * joined.oc);
  std::fill_n(made.data(), made.count(), 0.0f);
  for_each_run(shape, joined, [&](int64_t from, int64_t to) { std::copy_n(filter + from, outputs, made.data() + to); });
  return made;
}

void split_filter(const ConvShape& shape, const ConvShape& joined, const float* joined_filter, float* filter) {
  const int64_t outputs = shape.oc / shape.groups;
  for_each_run(shape, joined,
               [&](int64_t to, int64_t from) { std::copy_n(joined_filter + from, outputs, filter + to); });
}

}  // namespace fastts
