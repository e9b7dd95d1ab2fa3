// The addon's JavaScript interface: memory, threads, and one function per kernel.

#include <napi.h>

#include <cmath>
#include <cstdio>
#include <exception>
#include <new>
#include <string>

#include "addon/argument_error.h"
#include "addon/kernel.h"
#include "addon/kernel_tables.h"
#include "isa/isa.h"
#include "micro/peak.h"
#include "parallel/parallel.h"

#if !defined(_WIN32)
#include <sys/mman.h>
#endif

#if defined(FASTTS_SANITIZE_ADDRESS)
#include "addon/array_bounds.h"
#endif

namespace fastts {
namespace {

constexpr int kMaxArgs = 24;
constexpr uintptr_t kAlignment = 64;

uintptr_t round_up(uintptr_t address, uintptr_t unit) { return (address + unit - 1) / unit * unit; }

Napi::ArrayBuffer array_buffer(const Napi::CallbackInfo& info, const char* function) {
  if (info[0].IsArrayBuffer()) return info[0].As<Napi::ArrayBuffer>();
  throw Napi::TypeError::New(info.Env(), std::string(function) + " takes an ArrayBuffer.");
}

/// prepare(buffer): prepares a new ArrayBuffer that will be recycled; returns the offset at which vectors are aligned.
Napi::Value prepare(const Napi::CallbackInfo& info) {
  Napi::ArrayBuffer buffer = array_buffer(info, "prepare");
  const uintptr_t start = reinterpret_cast<uintptr_t>(buffer.Data());
#if defined(MADV_HUGEPAGE)
  // Activations take many megabytes: with huge pages their first access costs a fraction.
  constexpr uintptr_t kHugePage = uintptr_t{2} << 20;
  const uintptr_t first = round_up(start, kHugePage);
  const uintptr_t end = (start + buffer.ByteLength()) / kHugePage * kHugePage;
  if (first < end) madvise(reinterpret_cast<void*>(first), end - first, MADV_HUGEPAGE);
#endif
  return Napi::Number::New(info.Env(), static_cast<double>(round_up(start, kAlignment) - start));
}

/// release(buffer): returns the memory of an ArrayBuffer to the system at once. Arrays of it are then empty.
Napi::Value release(const Napi::CallbackInfo& info) {
  array_buffer(info, "release").Detach();
  return info.Env().Undefined();
}

Napi::Value threads(const Napi::CallbackInfo& info) { return Napi::Number::New(info.Env(), num_threads()); }

Napi::Value set_threads(const Napi::CallbackInfo& info) {
  const double count = info[0].IsNumber() ? info[0].As<Napi::Number>().DoubleValue() : 0;
  if (!(count >= 1 && count <= kMaxThreads) || count != std::floor(count)) {
    throw Napi::RangeError::New(
        info.Env(), "The number of threads must be an integer from 1 to " + std::to_string(kMaxThreads) + ".");
  }
  set_num_threads(static_cast<int>(count));
  return info.Env().Undefined();
}

Napi::Value measure_peak(const Napi::CallbackInfo& info) { return Napi::Number::New(info.Env(), peak_gflops(0.05)); }

Arg array_argument(napi_env env, napi_value value) {
  // memcpy takes no null pointer, even for no bytes.
  alignas(kAlignment) static char nothing[1];
  Arg arg{Arg::other, nullptr, 0, 0};
  napi_typedarray_type element;
  size_t length;
  if (napi_get_typedarray_info(env, value, &element, &length, &arg.data, nullptr, nullptr) != napi_ok) return arg;
  arg.length = static_cast<int64_t>(length);
  if (!arg.data || arg.length == 0) arg.data = nothing, arg.length = 0;
  switch (element) {
    case napi_float32_array:
      arg.kind = Arg::f32;
      break;
    case napi_float64_array:
      arg.kind = Arg::f64;
      break;
    case napi_int32_array:
      arg.kind = Arg::i32;
      break;
    case napi_uint8_array:
    case napi_uint8_clamped_array:
      arg.kind = Arg::u8;
      break;
    default:
      arg.length = 0;
      break;
  }
  return arg;
}

Arg read_argument(napi_env env, napi_value value) {
  Arg arg{Arg::other, nullptr, 0, 0};
  napi_valuetype type;
  if (napi_typeof(env, value, &type) != napi_ok) return arg;
  switch (type) {
    case napi_undefined:
    case napi_null:
      arg.kind = Arg::none;
      return arg;
    case napi_number:
      if (napi_get_value_double(env, value, &arg.value) == napi_ok) arg.kind = Arg::number;
      return arg;
    case napi_boolean: {
      bool is = false;
      if (napi_get_value_bool(env, value, &is) == napi_ok) arg.kind = Arg::number;
      arg.value = is;
      return arg;
    }
    default:
      return array_argument(env, value);
  }
}

#if defined(FASTTS_SANITIZE_ADDRESS)
std::vector<ArrayMemory> arrays_among(napi_env env, const napi_value* values, size_t count) {
  std::vector<ArrayMemory> arrays;
  for (size_t i = 0; i < count; ++i) {
    napi_typedarray_type element;
    napi_value buffer;
    size_t length, offset;
    ArrayMemory array;
    if (napi_get_typedarray_info(env, values[i], &element, &length, &array.data, &buffer, &offset) != napi_ok ||
        napi_get_arraybuffer_info(env, buffer, &array.buffer, &array.buffer_bytes) != napi_ok) {
      continue;  // no array, or one of shared memory, which other threads may use now
    }
    const bool is_byte = element == napi_uint8_array || element == napi_uint8_clamped_array;
    array.bytes = length * (is_byte ? 1 : element == napi_float64_array ? 8 : 4);
    arrays.push_back(array);
  }
  return arrays;
}
#endif

// Every kernel call of every topic goes through here.
napi_value call_kernel(napi_env env, napi_callback_info info) {
  napi_value values[kMaxArgs];
  size_t count = kMaxArgs;
  void* data = nullptr;
  if (napi_get_cb_info(env, info, &count, values, nullptr, &data) != napi_ok) return nullptr;
  if (count > kMaxArgs) count = kMaxArgs;
  Arg args[kMaxArgs];
  for (size_t i = 0; i < count; ++i) args[i] = read_argument(env, values[i]);
  const KernelEntry& kernel = *static_cast<const KernelEntry*>(data);
#if defined(FASTTS_SANITIZE_ADDRESS)
  const ArrayBounds bounds(arrays_among(env, values, count));
#endif
  try {
    kernel.run(Args(kernel, args, static_cast<int>(count)));
  } catch (const ArgumentError& error) {
    const auto raise = error.kind() == ArgumentError::type ? napi_throw_type_error : napi_throw_range_error;
    raise(env, nullptr, error.what());
  } catch (const std::bad_alloc& error) {
    char message[160];  // not a string, which would allocate
    std::snprintf(message, sizeof message, "The native kernel %s ran out of memory (%s). Use smaller batches.",
                  kernel.name, error.what());
    napi_throw_range_error(env, nullptr, message);
  } catch (const std::exception& error) {
    napi_throw_error(env, nullptr, error.what());
  }
  return nullptr;
}

void add_kernels(Napi::Env env, Napi::Object kernels, Napi::Object parameters, const KernelEntry* entry) {
  for (; entry->name; ++entry) {
    napi_value function;
    if (napi_create_function(env, entry->name, NAPI_AUTO_LENGTH, call_kernel, const_cast<KernelEntry*>(entry),
                             &function) == napi_ok) {
      kernels.Set(entry->name, Napi::Value(env, function));
      parameters.Set(entry->name, entry->parameters);
    }
  }
}

Napi::Object init(Napi::Env env, Napi::Object exports) {
  exports.Set("prepare", Napi::Function::New(env, prepare, "prepare"));
  exports.Set("release", Napi::Function::New(env, release, "release"));
  exports.Set("threads", Napi::Function::New(env, threads, "threads"));
  exports.Set("setThreads", Napi::Function::New(env, set_threads, "setThreads"));
  exports.Set("measurePeak", Napi::Function::New(env, measure_peak, "measurePeak"));
  exports.Set("isa", Napi::String::New(env, isa_name(isa())));
  Napi::Array isas = Napi::Array::New(env);
  for (Isa each : {Isa::avx512, Isa::avx2, Isa::neon, Isa::portable}) {
    if (isa_available(each)) isas.Set(isas.Length(), isa_name(each));
  }
  exports.Set("isas", isas);
  if (isa_error()) exports.Set("isaError", Napi::String::New(env, isa_error()));
  Napi::Object kernels = Napi::Object::New(env);
  Napi::Object parameters = Napi::Object::New(env);
  for (const KernelEntry* table : kernel_tables()) add_kernels(env, kernels, parameters, table);
  exports.Set("kernels", kernels);
  exports.Set("parameters", parameters);
  Napi::Object names = Napi::Object::New(env);
  for (const NamedList& list : named_lists()) names.Set(list.name, list.names);
  exports.Set("names", names);
  return exports;
}

}  // namespace
}  // namespace fastts

static Napi::Object Init(Napi::Env env, Napi::Object exports) { return fastts::init(env, exports); }

NODE_API_MODULE(fastts_native, Init)
