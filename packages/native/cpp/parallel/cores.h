#pragma once

namespace fastts {

/// Physical cores that this process may run on, at least 1; respects its affinity and, in a container, its quota.
int physical_cores();

}  // namespace fastts
