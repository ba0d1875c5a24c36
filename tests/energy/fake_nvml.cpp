// A library that imitates NVIDIA's (NVML), so that cards can be had, lost and refused without one.
// It is told what to be by a text file, whose path is the environment variable ECNAS_FAKE_NVML. The
// file is read anew at every call: who changes it changes the machine. Without it there is no card.
//
// A line is about the whole (`init=…`) or about a card (`device 0 name=…`), in words by blanks; an
// underscore in a name stands for a blank; a line that begins with # says nothing.
//
//   init=ERROR          nvmlInit_v2 fails
//   count=N|ERROR       what nvmlDeviceGetCount_v2 says; else the number of `device` lines
//   trace=FILE          appends "init" and "shutdown" to it as they come
//   device I …          card I, with any of:
//     name=TEXT  uuid=TEXT
//     handle=ERROR      cannot be had
//     energy_mj=N       its counter, in mJ; without it the call is unsupported
//     energy_per_second_mw=N   it grows by so many mJ a second, by CLOCK_MONOTONIC
//     energy=ERROR      the call fails
//     power_mw=N        its power; without it the call is unsupported
//     power=ERROR       the call fails
//     limit_mw=N        its enforced power limit; without it the call is unsupported
//     lost_after=N      the N-th reading of energy or power since init is the last that works
//     mig=UUID,UUID,…   has these instances, in MIG mode; "mig=" alone: has none
//
// ERROR is a number of NVML's or one of unsupported, no_permission, driver_not_loaded, lost,
// blocked, mismatch, unknown. Compiled with ECNAS_FAKE_OLD_NVML it has only what a library of 2012
// has: no energy counter, no MIG, no error strings.

#include <array>
#include <cstddef>
#include <cstdlib>
#include <cstring>
#include <ctime>
#include <fstream>
#include <map>
#include <sstream>
#include <string>
#include <vector>

namespace {

constexpr unsigned kCards = 16;
constexpr unsigned kHandles = 16;  // of a card: itself, then its instances

using Words = std::map<std::string, std::string>;
struct Script {
  Words whole;
  std::map<unsigned, Words> devices;
};

// A handle is the address of an element.
std::array<char, std::size_t{kCards} * kHandles> handles;
std::array<unsigned, kCards> readings;

Script read_script() {
  Script script;
  const char* path = std::getenv("ECNAS_FAKE_NVML");
  std::ifstream file(path == nullptr ? "" : path);
  for (std::string line; std::getline(file, line);) {
    if (line.starts_with('#')) continue;
    std::istringstream words(line);
    Words* about = &script.whole;
    for (std::string word; words >> word;) {
      const std::size_t sign = word.find('=');
      if (word == "device") {
        unsigned index = 0;
        words >> index;
        about = &script.devices[index];
      } else if (sign != std::string::npos) {
        (*about)[word.substr(0, sign)] = word.substr(sign + 1);
      }
    }
  }
  return script;
}

int code_of(const std::string& error) {
  static const std::map<std::string, int> names = {
      {"unsupported", 3}, {"no_permission", 4}, {"driver_not_loaded", 9}, {"lost", 15},
      {"blocked", 17},    {"mismatch", 18},     {"unknown", 999}};
  const auto named = names.find(error);
  return named != names.end() ? named->second : std::atoi(error.c_str());
}

std::size_t position_of(const void* handle) {
  return static_cast<std::size_t>(static_cast<const char*>(handle) - handles.data());
}

// What the script says of a card; nothing of a handle that is none.
Words words_of(const void* handle) {
  return read_script().devices[static_cast<unsigned>(position_of(handle) / kHandles)];
}

std::vector<std::string> instances_of(const Words& words) {
  std::vector<std::string> instances;
  if (!words.contains("mig")) return instances;
  std::istringstream list(words.at("mig"));
  for (std::string uuid; std::getline(list, uuid, ',');)
    instances.push_back(uuid);
  return instances;
}

int copy(std::string text, char* buffer, unsigned size) {
  if (text.size() >= size) return 7;  // NVML_ERROR_INSUFFICIENT_SIZE
  for (char& c : text)
    c = c == '_' ? ' ' : c;
  std::memcpy(buffer, text.c_str(), text.size() + 1);
  return 0;
}

// The number of `key` if the call `name` works now.
template <typename Number>
int number_of(const void* handle, const std::string& key, const std::string& name, Number* number) {
  const Words words = words_of(handle);
  if (words.contains("lost_after")) {
    unsigned& done = readings[position_of(handle) / kHandles];
    if (done >= static_cast<unsigned>(std::atoi(words.at("lost_after").c_str()))) return 15;
    ++done;
  }
  if (words.contains(name)) return code_of(words.at(name));
  if (!words.contains(key)) return 3;
  *number = static_cast<Number>(std::strtoull(words.at(key).c_str(), nullptr, 10));
  return 0;
}

void trace(const Script& script, const char* what) {
  if (script.whole.contains("trace"))
    std::ofstream(script.whole.at("trace"), std::ios::app) << what << "\n";
}

}  // namespace

extern "C" {

int nvmlInit_v2() {
  const Script script = read_script();
  if (script.whole.contains("init")) return code_of(script.whole.at("init"));
  readings.fill(0);
  trace(script, "init");
  return 0;
}

int nvmlShutdown() {
  trace(read_script(), "shutdown");
  return 0;
}

int nvmlDeviceGetCount_v2(unsigned* count) {
  const Script script = read_script();
  *count = static_cast<unsigned>(script.devices.size());
  if (!script.whole.contains("count")) return 0;
  const std::string& said = script.whole.at("count");
  if (said.find_first_not_of("0123456789") != std::string::npos) return code_of(said);
  *count = static_cast<unsigned>(std::strtoul(said.c_str(), nullptr, 10));
  return 0;
}

int nvmlDeviceGetHandleByIndex_v2(unsigned index, void** device) {
  const Script script = read_script();
  if (index >= kCards || !script.devices.contains(index)) return 2;  // NVML_ERROR_INVALID_ARGUMENT
  const Words& words = script.devices.at(index);
  if (words.contains("handle")) return code_of(words.at("handle"));
  *device = &handles[std::size_t{index} * kHandles];
  return 0;
}

int nvmlDeviceGetName(void* device, char* buffer, unsigned size) {
  return copy(words_of(device)["name"], buffer, size);
}

int nvmlDeviceGetUUID(void* device, char* buffer, unsigned size) {
  Words words = words_of(device);
  const std::size_t instance = position_of(device) % kHandles;
  return copy(instance == 0 ? words["uuid"] : instances_of(words).at(instance - 1), buffer, size);
}

int nvmlDeviceGetPowerUsage(void* device, unsigned* power_mw) {
  return number_of(device, "power_mw", "power", power_mw);
}

#ifndef ECNAS_FAKE_OLD_NVML
const char* nvmlErrorString(int code) {
  switch (code) {
    case 3:
      return "Not Supported";
    case 4:
      return "Insufficient Permissions";
    case 9:
      return "Driver Not Loaded";
    case 15:
      return "GPU is lost";
    case 18:
      return "Driver/library version mismatch";
    case 100:
      return nullptr;
    case 101:
      return "over\nthe\x1b[31m line";
    default:
      return "Unknown Error";
  }
}

int nvmlDeviceGetTotalEnergyConsumption(void* device, unsigned long long* energy_mj) {
  const int code = number_of(device, "energy_mj", "energy", energy_mj);
  const Words words = words_of(device);
  if (code != 0 || !words.contains("energy_per_second_mw")) return code;
  timespec now{};
  ::clock_gettime(CLOCK_MONOTONIC, &now);
  const double seconds = static_cast<double>(now.tv_sec) + 1e-9 * static_cast<double>(now.tv_nsec);
  *energy_mj += static_cast<unsigned long long>(
      seconds * std::strtod(words.at("energy_per_second_mw").c_str(), nullptr));
  return 0;
}

int nvmlDeviceGetEnforcedPowerLimit(void* device, unsigned* limit_mw) {
  const Words words = words_of(device);
  if (!words.contains("limit_mw")) return 3;
  *limit_mw = static_cast<unsigned>(std::strtoul(words.at("limit_mw").c_str(), nullptr, 10));
  return 0;
}

int nvmlDeviceGetMigMode(void* device, unsigned* current, unsigned* pending) {
  *current = *pending = words_of(device).contains("mig") ? 1 : 0;
  return 0;
}

int nvmlDeviceGetMaxMigDeviceCount(void* /*device*/, unsigned* count) {
  *count = 7;
  return 0;
}

int nvmlDeviceGetMigDeviceHandleByIndex(void* device, unsigned index, void** instance) {
  if (index >= instances_of(words_of(device)).size()) return 6;  // NVML_ERROR_NOT_FOUND
  *instance = static_cast<char*>(device) + 1 + index;
  return 0;
}
#endif

}  // extern "C"
