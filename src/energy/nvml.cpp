#include "energy/nvml.hpp"

#include <dlfcn.h>
#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cctype>
#include <cstddef>
#include <cstring>
#include <memory>
#include <string_view>
#include <utility>
#include <vector>

#include "ecnas/core/printable.hpp"
#include "ecnas/core/text.hpp"
#include "energy/sysfs.hpp"

namespace ecnas::energy {
namespace {

// Our own declarations of what is used of NVML: names, types and numbers are those of its
// reference manual.
using Code = int;  // nvmlReturn_t
struct OpaqueDevice;
using Device = OpaqueDevice*;  // nvmlDevice_t

constexpr Code kSuccess = 0;
constexpr Code kNotSupported = 3;
constexpr Code kNoPermission = 4;
constexpr Code kNotFound = 6;
constexpr Code kDriverNotLoaded = 9;
constexpr Code kFunctionNotFound = 13;
constexpr Code kGpuIsLost = 15;
constexpr Code kResetRequired = 16;
constexpr Code kOperatingSystem = 17;
constexpr Code kVersionMismatch = 18;
constexpr Code kGpuNotFound = 28;
constexpr std::size_t kTextBytes = 96;  // of a name, of a UUID
constexpr unsigned kMaxCards = 256;     // more than any machine has
constexpr unsigned kMaxInstances = 64;  // of a card; MIG has 7
// The limit holds for averages; a power above its double is no reading.
constexpr double kHeadroom = 2;

struct Calls {
  Code (*init)() = nullptr;
  Code (*shutdown)() = nullptr;
  Code (*count)(unsigned*) = nullptr;
  Code (*handle)(unsigned, Device*) = nullptr;
  // Of these, an old library may have none.
  const char* (*error_string)(Code) = nullptr;
  Code (*name)(Device, char*, unsigned) = nullptr;
  Code (*uuid)(Device, char*, unsigned) = nullptr;
  Code (*energy)(Device, unsigned long long*) = nullptr;  // mJ since the driver was loaded
  Code (*power)(Device, unsigned*) = nullptr;             // mW
  Code (*power_limit)(Device, unsigned*) = nullptr;       // mW
  Code (*mig_mode)(Device, unsigned*, unsigned*) = nullptr;
  Code (*max_instances)(Device, unsigned*) = nullptr;
  Code (*instance)(Device, unsigned, Device*) = nullptr;
};

std::string_view remedy_of(Code code) {
  switch (code) {
    case kNoPermission:
    case kOperatingSystem:
      return "give this user, container or job access to /dev/nvidiactl and the card's "
             "/dev/nvidia*";
    case kDriverNotLoaded:
      return "load the driver: modprobe nvidia";
    case kGpuIsLost:
    case kResetRequired:
      return "reset the card (nvidia-smi --gpu-reset) or restart the machine";
    case kVersionMismatch:
      return "restart the machine, or load the kernel module anew: it and the library are of two "
             "versions of the driver";
    default:
      return "";
  }
}

// The library, loaded and initialised.
class Nvml {
 public:
  explicit Nvml(void* handle) : handle_(handle) {
    take(calls_.init, "nvmlInit_v2");
    take(calls_.shutdown, "nvmlShutdown");
    take(calls_.count, "nvmlDeviceGetCount_v2");
    take(calls_.handle, "nvmlDeviceGetHandleByIndex_v2");
    take(calls_.error_string, "nvmlErrorString");
    take(calls_.name, "nvmlDeviceGetName");
    take(calls_.uuid, "nvmlDeviceGetUUID");
    take(calls_.energy, "nvmlDeviceGetTotalEnergyConsumption");
    take(calls_.power, "nvmlDeviceGetPowerUsage");
    take(calls_.power_limit, "nvmlDeviceGetEnforcedPowerLimit");
    take(calls_.mig_mode, "nvmlDeviceGetMigMode");
    take(calls_.max_instances, "nvmlDeviceGetMaxMigDeviceCount");
    take(calls_.instance, "nvmlDeviceGetMigDeviceHandleByIndex");
  }
  Nvml(const Nvml&) = delete;
  Nvml& operator=(const Nvml&) = delete;
  ~Nvml() {
    if (is_initialised_) calls_.shutdown();
    ::dlclose(handle_);
  }

  // What the library lacks of what there is no way without.
  [[nodiscard]] std::optional<std::string_view> lacks() const {
    if (calls_.init == nullptr) return "nvmlInit_v2";
    if (calls_.shutdown == nullptr) return "nvmlShutdown";
    if (calls_.count == nullptr) return "nvmlDeviceGetCount_v2";
    if (calls_.handle == nullptr) return "nvmlDeviceGetHandleByIndex_v2";
    return std::nullopt;
  }

  Code init() {
    const Code code = calls_.init();
    is_initialised_ = code == kSuccess;
    return code;
  }

  // Calls a function that may not be there.
  template <typename... Parameters, typename... Arguments>
  static Code call(Code (*function)(Parameters...), Arguments... arguments) {
    return function == nullptr ? kFunctionNotFound : function(arguments...);
  }

  [[nodiscard]] std::string text(Code code) const {
    const char* words = calls_.error_string == nullptr ? nullptr : calls_.error_string(code);
    if (words == nullptr) return fmt::format("NVML error {}", code);
    return fmt::format("{} (NVML error {})", printable({words, ::strnlen(words, kTextBytes)}),
                       code);
  }

  // A name or a UUID; empty if there is none.
  static std::string text_of(Code (*function)(Device, char*, unsigned), Device device) {
    std::array<char, kTextBytes + 1> buffer{};
    if (call(function, device, buffer.data(), static_cast<unsigned>(kTextBytes)) != kSuccess)
      return {};
    return printable({buffer.data(), ::strnlen(buffer.data(), kTextBytes)});
  }

  [[nodiscard]] const Calls& calls() const { return calls_; }

 private:
  template <typename Function>
  void take(Function& function, const char* name) {
    function = reinterpret_cast<Function>(::dlsym(handle_, name));
  }

  void* handle_;
  Calls calls_;
  bool is_initialised_ = false;
};

using SharedNvml = std::shared_ptr<const Nvml>;

class NvidiaSource final : public Source {
 public:
  NvidiaSource(SharedNvml nvml, Device device, SourceDescription description)
      : nvml_(std::move(nvml)), device_(device), description_(std::move(description)) {}

  [[nodiscard]] const SourceDescription& description() const override { return description_; }

  [[nodiscard]] Result<double, ReadFailure> read(Instant /*now*/) override {
    Code code = kSuccess;
    double thousandths = 0;
    if (description_.kind == Kind::counter) {
      unsigned long long energy_mj = 0;
      code = Nvml::call(nvml_->calls().energy, device_, &energy_mj);
      thousandths = static_cast<double>(energy_mj);
    } else {
      unsigned power_mw = 0;
      code = Nvml::call(nvml_->calls().power, device_, &power_mw);
      thousandths = power_mw;
    }
    if (code == kSuccess) return thousandths / 1000;
    return ReadFailure{reason_of(code),
                       fmt::format("{}: {}", description_.name, nvml_->text(code))};
  }

 private:
  static ReadFailure::Reason reason_of(Code code) {
    switch (code) {
      case kGpuIsLost:
      case kResetRequired:
      case kNotFound:
      case kGpuNotFound:
        return ReadFailure::Reason::gone;
      case kNoPermission:
      case kOperatingSystem:
        return ReadFailure::Reason::denied;
      default:
        return ReadFailure::Reason::failed;
    }
  }

  SharedNvml nvml_;
  Device device_;
  SourceDescription description_;
};

struct Card {
  std::string name;         // "gpu-0"
  Device device = nullptr;  // null: cannot be had
  std::string model;
  std::string uuid;
  bool is_mig = false;
  std::vector<std::string> instances;  // UUIDs of MIG devices
};

bool begins_with(std::string_view text, std::string_view beginning) {
  const auto same = [](char a, char b) {
    return std::tolower(static_cast<unsigned char>(a)) ==
           std::tolower(static_cast<unsigned char>(b));
  };
  return text.size() >= beginning.size() &&
         std::ranges::equal(text.substr(0, beginning.size()), beginning, same);
}

// Which card an entry of the list of visible ones means; absent if none, or several.
std::optional<std::size_t> card_meant(std::string_view entry, const std::vector<Card>& cards) {
  if (const auto index = parse_integer(entry)) {
    if (*index < 0 || static_cast<std::size_t>(*index) >= cards.size()) return std::nullopt;
    return static_cast<std::size_t>(*index);
  }
  // "MIG-GPU-8932f937-…/1/0", as drivers before 470 have it: the card's, with the instance behind.
  if (begins_with(entry, "MIG-GPU-")) entry = entry.substr(4, entry.find('/') - 4);
  std::optional<std::size_t> meant;
  std::size_t matches = 0;
  for (std::size_t i = 0; i < cards.size(); ++i) {
    const bool is_instance = begins_with(entry, "MIG-");
    if (!is_instance && !begins_with(entry, "GPU-")) break;
    const auto matching = [&](const std::string& uuid) { return begins_with(uuid, entry); };
    const std::size_t found =
        is_instance ? static_cast<std::size_t>(std::ranges::count_if(cards[i].instances, matching))
                    : (matching(cards[i].uuid) ? 1 : 0);
    if (found > 0) meant = i;
    matches += found;
  }
  return matches == 1 ? meant : std::nullopt;
}

std::vector<bool> visible_cards(const std::optional<std::string>& list,
                                const std::vector<Card>& cards) {
  std::vector<bool> visible(cards.size(), !list);
  if (!list) return visible;
  for (const std::string_view entry : split(*list, ',')) {
    const auto card = card_meant(trimmed(entry), cards);
    if (!card) break;
    visible[*card] = true;
  }
  return visible;
}

Card look_at_card(const Nvml& nvml, unsigned index, std::vector<MissingSource>& missing) {
  const Calls& calls = nvml.calls();
  Card card{.name = fmt::format("gpu-{}", index)};
  if (const Code code = calls.handle(index, &card.device); code != kSuccess) {
    card.device = nullptr;
    missing.push_back({card.name, nvml.text(code), std::string(remedy_of(code))});
    return card;
  }
  card.model = Nvml::text_of(calls.name, card.device);
  card.uuid = Nvml::text_of(calls.uuid, card.device);
  unsigned current = 0;
  unsigned pending = 0;
  card.is_mig =
      Nvml::call(calls.mig_mode, card.device, &current, &pending) == kSuccess && current == 1;
  unsigned instances = 0;
  if (card.is_mig) Nvml::call(calls.max_instances, card.device, &instances);
  for (unsigned i = 0; i < std::min(instances, kMaxInstances); ++i) {
    Device instance = nullptr;
    if (Nvml::call(calls.instance, card.device, i, &instance) == kSuccess)
      card.instances.push_back(Nvml::text_of(calls.uuid, instance));
  }
  return card;
}

// The better of the card's two meters that works. A counter at 0 does not count: the card has used
// energy since its driver was loaded.
Result<Kind, Code> meter_of(const Nvml& nvml, Device device) {
  unsigned long long energy_mj = 0;
  if (Nvml::call(nvml.calls().energy, device, &energy_mj) == kSuccess && energy_mj > 0)
    return Kind::counter;
  unsigned power_mw = 0;
  const Code code = Nvml::call(nvml.calls().power, device, &power_mw);
  if (code == kSuccess) return Kind::power;
  return code;
}

SourceDescription describe(const Nvml& nvml, const Card& card, Kind kind) {
  SourceDescription description;
  description.name = card.name;
  description.domain = Domain::gpu;
  description.kind = kind;
  description.quality = kind == Kind::counter ? Quality::counter : Quality::integrated;
  description.device = card.model;
  description.origin = fmt::format(
      "{} of {}",
      kind == Kind::counter ? "nvmlDeviceGetTotalEnergyConsumption" : "nvmlDeviceGetPowerUsage",
      card.uuid.empty() ? card.name : card.uuid);
  description.resolution = 0.001;
  unsigned limit_mw = 0;
  if (Nvml::call(nvml.calls().power_limit, card.device, &limit_mw) == kSuccess && limit_mw > 0)
    description.power_bound_w = kHeadroom * limit_mw / 1000;
  if (card.is_mig) description.attribution = "whole card, all its MIG instances";
  return description;
}

void add_source(Discovered& found, const SharedNvml& nvml, const Card& card, bool is_visible) {
  const Result<Kind, Code> kind = meter_of(*nvml, card.device);
  if (!kind) {
    const Code code = kind.reason();
    const std::string reason = code == kNotSupported || code == kFunctionNotFound
                                   ? "the card has neither an energy counter nor a power meter"
                                   : nvml->text(code);
    found.missing.push_back({card.name, reason, std::string(remedy_of(code))});
    return;
  }
  FoundSource source{
      std::make_unique<NvidiaSource>(nvml, card.device, describe(*nvml, card, *kind)), is_visible,
      ""};
  if (!is_visible) {
    source.remark = "not a visible device (CUDA_VISIBLE_DEVICES)";
  } else if (card.is_mig) {
    source.remark = "MIG: an instance's own energy cannot be had, so the whole card counts";
  }
  found.sources.push_back(std::move(source));
}

bool has_card(const std::filesystem::path& dev) {
  constexpr std::string_view kPrefix = "nvidia";
  return std::ranges::any_of(entries(dev, kPrefix), [&](const std::filesystem::path& entry) {
    return parse_integer(entry.filename().string().substr(kPrefix.size())).has_value();
  });
}

// Null where it is not there, or says why not.
std::shared_ptr<Nvml> load(const std::string& library, const std::filesystem::path& dev,
                           std::vector<MissingSource>& missing) {
  constexpr const char* kWhat = "NVIDIA cards";
  void* handle = ::dlopen(library.c_str(), RTLD_NOW | RTLD_LOCAL);
  if (handle == nullptr) {
    const char* words = ::dlerror();
    const std::string reason = printable(words == nullptr ? "it cannot be loaded" : words);
    // Of the library itself; what it needs may be missing as well.
    const bool is_absent =
        reason.starts_with(library + ":") && reason.ends_with("No such file or directory");
    if (!is_absent || has_card(dev)) {
      missing.push_back({kWhat, reason,
                         "install the library of the driver (libnvidia-ml.so.1); for a container: "
                         "the NVIDIA container toolkit, capability \"utility\""});
    }
    return nullptr;
  }
  auto nvml = std::make_shared<Nvml>(handle);
  if (const auto lacking = nvml->lacks()) {
    missing.push_back({kWhat, fmt::format("{}: has no {}", library, *lacking),
                       "install the library of the driver (libnvidia-ml.so.1)"});
    return nullptr;
  }
  if (const Code code = nvml->init(); code != kSuccess) {
    missing.push_back({kWhat, nvml->text(code), std::string(remedy_of(code))});
    return nullptr;
  }
  return nvml;
}

}  // namespace

Discovered find_nvidia(const std::string& library,
                       const std::optional<std::string>& visible_devices,
                       const std::filesystem::path& dev) {
  Discovered found;
  if (library.empty()) return found;
  const SharedNvml nvml = load(library, dev, found.missing);
  if (nvml == nullptr) return found;
  unsigned count = 0;
  if (const Code code = nvml->calls().count(&count); code != kSuccess) {
    found.missing.push_back({"NVIDIA cards", nvml->text(code), std::string(remedy_of(code))});
    return found;
  }
  std::vector<Card> cards;
  for (unsigned i = 0; i < std::min(count, kMaxCards); ++i)
    cards.push_back(look_at_card(*nvml, i, found.missing));
  const std::vector<bool> visible = visible_cards(visible_devices, cards);
  for (std::size_t i = 0; i < cards.size(); ++i) {
    found.devices.push_back(cards[i].model.empty() ? "NVIDIA " + cards[i].name : cards[i].model);
    if (cards[i].device != nullptr) add_source(found, nvml, cards[i], visible[i]);
  }
  return found;
}

}  // namespace ecnas::energy
