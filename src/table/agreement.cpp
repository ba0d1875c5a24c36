#include <algorithm>
#include <filesystem>

#include "ecnas/core/error.hpp"
#include "ecnas/core/text.hpp"
#include "table/import_context.hpp"

namespace ecnas::table {
namespace {

std::string said(const std::optional<double>& pue) {
  return pue ? shortest(*pue) : std::string("an unknown number");
}

/// Texts of several sources, each once.
void append(std::string& text, const std::string& part) {
  if (part.empty() || text.find(part) != std::string::npos) return;
  text += (text.empty() ? "" : "; ") + part;
}

/// Also of a folder named with a slash at its end.
std::string file_name(const std::string& path) {
  return (std::filesystem::path(path) / "").parent_path().filename().string();
}

}  // namespace

void Agreement::add(const SourceFacts& facts) {
  agree_on_pue(facts);
  agree_on_network(facts);
  agree_on_quality(facts);
  agree_on_noise(facts);
  devices_.insert(facts.devices.begin(), facts.devices.end());
  append(metadata_.source, facts.source.empty() ? file_name(facts.name) : facts.source);
  append(metadata_.citation, facts.citation);
  if (facts.has_energies) intensities_.push_back(facts.carbon_intensity_g_per_kwh);
}

void Agreement::agree_on_pue(const SourceFacts& facts) {
  if (!facts.has_energies) return;
  if (first_energies_.empty()) {
    first_energies_ = facts.name;
    metadata_.pue = facts.pue;
  }
  if (facts.pue != metadata_.pue) {
    fail(ErrorCode::invalid_argument,
         "{}: its energies include a PUE of {}, those of {} {}; import them into two tables",
         facts.name, said(facts.pue), first_energies_, said(metadata_.pue));
  }
}

/// Metered and modelled energies are not pooled. Where one source does not say what its are, the
/// result does not.
void Agreement::agree_on_quality(const SourceFacts& facts) {
  if (!facts.has_energies) return;
  for (const std::optional<std::string>& quality : qualities_) {
    if (!quality || !facts.energy_quality || *quality == *facts.energy_quality) continue;
    fail(ErrorCode::invalid_argument,
         "{}: its energies are {}, those of the sources before {}; import them into two tables",
         facts.name, *facts.energy_quality, *quality);
  }
  qualities_.push_back(facts.energy_quality);
}

void Agreement::agree_on_network(const SourceFacts& facts) {
  if (first_.empty()) {
    first_ = facts.name;
    metadata_.skeleton = facts.skeleton;
  }
  if (facts.skeleton != metadata_.skeleton) {
    fail(ErrorCode::invalid_argument, "{}: of another network skeleton than {}; keep them apart",
         facts.name, first_);
  }
  if (metadata_.data_set.empty()) metadata_.data_set = facts.data_set;
  if (!facts.data_set.empty() && facts.data_set != metadata_.data_set) {
    fail(ErrorCode::invalid_argument,
         "{}: of data set {}, the sources before of {}; keep them apart", facts.name,
         ecnas::quoted(facts.data_set), ecnas::quoted(metadata_.data_set));
  }
}

void Agreement::agree_on_noise(const SourceFacts& facts) {
  for (const auto& [metric, model] : facts.noise) {
    const auto [known, is_new] = noise_.emplace(metric, model);
    if (!is_new && known->second != model) known->second.reset();
  }
}

Metadata Agreement::metadata() const {
  Metadata metadata = metadata_;
  for (const std::string& device : devices_) {  // with and without the maker: one device
    if (!devices_.contains("NVIDIA " + device)) metadata.devices.push_back(device);
  }
  for (const auto& [metric, model] : noise_) {
    if (model) metadata.noise.emplace(metric, *model);
  }
  const bool one_intensity =
      !intensities_.empty() && std::ranges::all_of(intensities_, [&](const auto& intensity) {
        return intensity == intensities_.front();
      });
  const bool all_say = std::ranges::none_of(
      qualities_, [](const std::optional<std::string>& quality) { return !quality; });
  if (!qualities_.empty() && all_say) metadata.energy_quality = qualities_.front();
  if (one_intensity) metadata.carbon_intensity_g_per_kwh = intensities_.front();
  return metadata;
}

}  // namespace ecnas::table
