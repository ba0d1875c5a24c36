#include "ecnas/net/catalogue.hpp"

#include <algorithm>
#include <array>
#include <vector>

#include "ecnas/core/error.hpp"
#include "ecnas/core/text.hpp"
#include "net/address.hpp"

namespace ecnas::net {
namespace {

constexpr std::string_view kEcNas =
    "https://media.githubusercontent.com/media/saintslab/EC-NAS-Bench/main/ecnas/ecnas/utils/data/"
    "tabular_benchmarks/";
constexpr std::string_view kEcNasLicence = "MIT";
constexpr std::string_view kNasBench = "https://storage.googleapis.com/nasbench/";
constexpr std::string_view kNasBenchLicence = "Apache-2.0";

constexpr std::array<PublishedFile, 12> kCatalogue = {{
    {"ec-nas-4v-4epochs", kEcNas, "energy_4V9E_4epochs.tfrecord", 893'556,
     "eba6c177999103d7c938028e410836c1b62213a076b0e7436de85da8f81d974c", kEcNasLicence,
     "EC-NAS, cells of at most 4 vertices, 4 epochs"},
    {"ec-nas-4v-linscale", kEcNas, "energy_4V9E_linscale.tfrecord", 297'784,
     "e18becd6aac719a9af4c816940a6bf7bf5fb0a16870d531e78a27c1d8cf89010", kEcNasLicence,
     "EC-NAS, cells of at most 4 vertices, energies scaled from 4 epochs to 12, 36, 108"},
    {"ec-nas-5v-4epochs", kEcNas, "energy_5V9E_4epochs.tfrecord", 2'136'916,
     "0be8df1e21dac4e7a927ee13823fb3f30fd900f8dee2a41f1572319e8af702cc", kEcNasLicence,
     "EC-NAS, cells of at most 5 vertices, 4 epochs"},
    {"ec-nas-5v-linscale", kEcNas, "energy_5V9E_linscale.tfrecord", 8'557'792,
     "31d4fdc8998f831e8f8629f3ed8b2837e474dd67da420ff5dcf8641f6bc882fe", kEcNasLicence,
     "EC-NAS, cells of at most 5 vertices, energies scaled from 4 epochs to 12, 36, 108"},
    {"ec-nas-7v-4epochs", kEcNas, "energy_7V9E_4epochs.tfrecord", 17'522'300,
     "c296461a59532bd370517b5adcb48dbe447ac56efdd2217eaa611287459ed725", kEcNasLicence,
     "EC-NAS, some cells of at most 7 vertices, 4 epochs"},
    {"ec-nas-7v-surrogate", kEcNas, "energy_7V9E_surrogate.tfrecord", 613'992'864,
     "93e4a806c737ac077231fa716b13e01d5fbfa3bc261d456284f8a3fdbb322f02", kEcNasLicence,
     "EC-NAS, all cells, energies predicted by the published surrogate"},
    {"ec-nas-4v-quadrortx6000", kEcNas, "hardware/energy_4V9E_quadrortx6000.tfrecord", 297'784,
     "b50e93e1ef94275ece211533fe954a7a6629157a4e94bb963f0e896d8bc7be09", kEcNasLicence,
     "EC-NAS, cells of at most 4 vertices on a Quadro RTX 6000"},
    {"ec-nas-4v-rtx3060", kEcNas, "hardware/energy_4V9E_rtx3060.tfrecord", 290'272,
     "30880a853e1bd1f6b54022c5aada8e9c4a150c5c84c88f5e1a21777beac238e5", kEcNasLicence,
     "EC-NAS, cells of at most 4 vertices on an RTX 3060"},
    {"ec-nas-4v-rtx3090", kEcNas, "hardware/energy_4V9E_rtx3090.tfrecord", 300'232,
     "55a89f91f4906e8c3c2e2578e64b0a62133d25b2e2e8e00f30513c7623f0a2f6", kEcNasLicence,
     "EC-NAS, cells of at most 4 vertices on an RTX 3090"},
    {"ec-nas-4v-titanxp", kEcNas, "hardware/energy_4V9E_titanxp.tfrecord", 292'952,
     "ace80dda5f16dafa465b2a3e11c29518d8622884e174c15ed8d826a411f3373d", kEcNasLicence,
     "EC-NAS, cells of at most 4 vertices on a Titan Xp"},
    {"nasbench-full", kNasBench, "nasbench_full.tfrecord", std::nullopt, std::nullopt,
     kNasBenchLicence, "NAS-Bench-101, all cells at 4, 12, 36, 108 epochs; about 1.95 GB"},
    {"nasbench-only108", kNasBench, "nasbench_only108.tfrecord", std::nullopt, std::nullopt,
     kNasBenchLicence, "NAS-Bench-101, all cells at 108 epochs; about 499 MB"},
}};

}  // namespace

std::string_view PublishedFile::file_name() const {
  return path.substr(path.rfind('/') + 1);  // npos + 1 is 0
}

std::string PublishedFile::address(const std::optional<std::string>& mirror) const {
  if (!mirror) return fmt::format("{}{}", base, path);
  expect_base_address(*mirror);
  return fmt::format("{}{}{}", *mirror, mirror->ends_with('/') ? "" : "/", path);
}

std::span<const PublishedFile> catalogue() {
  return kCatalogue;
}

const PublishedFile& find_published(std::string_view name) {
  const auto found = std::ranges::find_if(kCatalogue, [&](const PublishedFile& file) {
    return name == file.name || name == file.path || name == file.file_name();
  });
  if (found != kCatalogue.end()) return *found;
  std::vector<std::string_view> names;
  for (const PublishedFile& file : kCatalogue)
    names.push_back(file.name);
  const std::optional<std::string_view> nearest = closest(name, names);
  fail(ErrorCode::not_found, "{}: not in the catalogue of published files; {}", ecnas::quoted(name),
       nearest ? fmt::format("did you mean '{}'?", *nearest)
               : fmt::format("it has {}", fmt::join(names, ", ")));
}

}  // namespace ecnas::net
