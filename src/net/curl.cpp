#include "net/curl.hpp"

#include <dlfcn.h>

#include <type_traits>

#include "ecnas/core/error.hpp"

namespace ecnas::net {
namespace {

constexpr const char* kLibrary = "libcurl.so.4";

/// Stays loaded: its threads and its clean-up are its own affair.
void* load_library() {
  void* handle = ::dlopen(kLibrary, RTLD_NOW | RTLD_LOCAL);
  if (handle == nullptr) fail(ErrorCode::missing_dependency, "{}; install libcurl4", ::dlerror());
  return handle;
}

Curl load() {
  void* const handle = load_library();
  const auto take = [handle](auto& function, const char* name) {
    function = reinterpret_cast<std::remove_reference_t<decltype(function)>>(::dlsym(handle, name));
    if (function == nullptr) {
      fail(ErrorCode::missing_dependency,
           "{}: has no {}; install libcurl4 of version 7.84 or later", kLibrary, name);
    }
  };
  Curl curl{};
  take(curl.easy_cleanup, "curl_easy_cleanup");
  take(curl.easy_getinfo, "curl_easy_getinfo");
  take(curl.easy_header, "curl_easy_header");
  take(curl.easy_init, "curl_easy_init");
  take(curl.easy_setopt, "curl_easy_setopt");
  take(curl.easy_strerror, "curl_easy_strerror");
  take(curl.free, "curl_free");
  take(curl.global_init, "curl_global_init");
  take(curl.multi_add_handle, "curl_multi_add_handle");
  take(curl.multi_cleanup, "curl_multi_cleanup");
  take(curl.multi_info_read, "curl_multi_info_read");
  take(curl.multi_init, "curl_multi_init");
  take(curl.multi_perform, "curl_multi_perform");
  take(curl.multi_poll, "curl_multi_poll");
  take(curl.multi_remove_handle, "curl_multi_remove_handle");
  take(curl.slist_append, "curl_slist_append");
  take(curl.slist_free_all, "curl_slist_free_all");
  take(curl.url, "curl_url");
  take(curl.url_cleanup, "curl_url_cleanup");
  take(curl.url_get, "curl_url_get");
  take(curl.url_set, "curl_url_set");
  return curl;
}

}  // namespace

const Curl& curl() {
  static const Curl loaded = load();
  return loaded;
}

}  // namespace ecnas::net
