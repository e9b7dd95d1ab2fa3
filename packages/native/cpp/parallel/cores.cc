// The number of physical cores that this process may use.

#include "parallel/cores.h"

#include <algorithm>
#include <cstdio>
#include <cstdlib>
#include <set>
#include <string>
#include <thread>
#include <utility>
#include <vector>

#if defined(_WIN32)
#ifndef NOMINMAX
#define NOMINMAX
#endif
#include <windows.h>
#elif defined(__APPLE__)
#include <sys/sysctl.h>
#elif defined(__linux__)
#include <sched.h>
#endif

namespace fastts {
namespace {

#if defined(_WIN32)
int count_cores() {
  DWORD bytes = 0;
  GetLogicalProcessorInformation(nullptr, &bytes);
  std::vector<SYSTEM_LOGICAL_PROCESSOR_INFORMATION> entries(bytes / sizeof(SYSTEM_LOGICAL_PROCESSOR_INFORMATION));
  if (entries.empty() || !GetLogicalProcessorInformation(entries.data(), &bytes)) return 0;
  DWORD_PTR allowed = 0, system = 0;
  if (!GetProcessAffinityMask(GetCurrentProcess(), &allowed, &system)) allowed = ~DWORD_PTR{0};
  return static_cast<int>(std::count_if(entries.begin(), entries.end(), [&](const auto& entry) {
    return entry.Relationship == RelationProcessorCore && (entry.ProcessorMask & allowed) != 0;
  }));
}
#elif defined(__APPLE__)
int count_cores() {
  int count = 0;
  size_t size = sizeof count;
  // Work is split evenly, so slow cores would delay the fast ones: count only the fast ones where the system reports
  // them.
  if (sysctlbyname("hw.perflevel0.physicalcpu", &count, &size, nullptr, 0) == 0 && count > 0) return count;
  size = sizeof count;
  return sysctlbyname("hw.physicalcpu", &count, &size, nullptr, 0) == 0 ? count : 0;
}
#elif defined(__linux__)
bool read_number(const std::string& path, long* value) {
  FILE* file = std::fopen(path.c_str(), "r");
  if (!file) return false;
  bool read = std::fscanf(file, "%ld", value) == 1;
  std::fclose(file);
  return read;
}

// A container may get less processor time than the processors it sees (cgroup 2's cpu.max: quota, period).
int cgroup_limit() {
  FILE* file = std::fopen("/sys/fs/cgroup/cpu.max", "r");
  if (!file) return 0;
  long quota = 0, period = 0;
  bool limited = std::fscanf(file, "%ld %ld", &quota, &period) == 2 && quota > 0 && period > 0;
  std::fclose(file);
  return limited ? static_cast<int>((quota + period - 1) / period) : 0;
}

int count_cores() {
  cpu_set_t allowed;
  CPU_ZERO(&allowed);
  if (sched_getaffinity(0, sizeof allowed, &allowed) != 0) return 0;
  std::set<std::pair<long, long>> cores;
  int processors = 0;
  for (int cpu = 0; cpu < CPU_SETSIZE; ++cpu) {
    if (!CPU_ISSET(cpu, &allowed)) continue;
    ++processors;
    const std::string topology = "/sys/devices/system/cpu/cpu" + std::to_string(cpu) + "/topology/";
    long package = 0, core = 0;
    if (read_number(topology + "core_id", &core)) {
      read_number(topology + "physical_package_id", &package);
      cores.emplace(package, core);
    }
  }
  int count = cores.empty() ? processors : static_cast<int>(cores.size());
  int limit = cgroup_limit();
  return limit > 0 ? std::min(count, limit) : count;
}
#else
int count_cores() { return 0; }
#endif

}  // namespace

int physical_cores() {
  int count = count_cores();
  if (count <= 0) count = static_cast<int>(std::thread::hardware_concurrency());
  return std::max(count, 1);
}

}  // namespace fastts
