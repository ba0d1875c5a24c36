#pragma once
/// Reads the cells of a page as docs/formats/page.md says, one at a time and without a thought for
/// speed.

#include <zlib.h>

#include <bit>
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <limits>
#include <nlohmann/json.hpp>
#include <stdexcept>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "ecnas/space/cell.hpp"

namespace ecnas::oracles {

using Json = nlohmann::json;

/// What stands in the element of this id, which is a script.
inline std::string script_of(const std::string& page, const std::string& id) {
  const std::string head = "id=\"" + id + "\">";
  const std::size_t begin = page.find(head);
  if (begin == std::string::npos) throw std::runtime_error("no element " + id);
  const std::size_t end = page.find("</script>", begin);
  return page.substr(begin + head.size(), end - begin - head.size());
}

inline std::string decoded_base64(std::string_view text) {
  const std::string digits = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
  std::string bytes;
  unsigned bits = 0;
  unsigned word = 0;
  for (const char c : text) {
    if (c == '=') break;
    const std::size_t digit = digits.find(c);
    if (digit == std::string::npos) throw std::runtime_error("no base64");
    word = (word << 6 | static_cast<unsigned>(digit)) & 0xFFFFU;
    bits += 6;
    if (bits < 8) continue;
    bits -= 8;
    bytes += static_cast<char>(word >> bits & 0xFFU);
  }
  return bytes;
}

inline std::vector<std::uint8_t> inflated(std::string_view stream, std::size_t size) {
  std::vector<std::uint8_t> bytes(size + 1);  // one more, to see that there are not more
  uLongf length = bytes.size();
  const int status = uncompress(bytes.data(), &length,
                                reinterpret_cast<const Bytef*>(stream.data()), stream.size());
  if (status != Z_OK || length != size) throw std::runtime_error("a column is not what it says");
  bytes.resize(size);
  return bytes;
}

class PageCells {
 public:
  explicit PageCells(const std::string& page)
      : header_(Json::parse(script_of(page, "cells-header"))),
        data_(decoded_base64(script_of(page, "cells-data"))) {
    for (std::size_t k = 0; k < header_["columns"].size(); ++k)
      read_column(k);
  }

  [[nodiscard]] const Json& header() const { return header_; }
  [[nodiscard]] std::size_t size() const { return header_["cells"].get<std::size_t>(); }

  [[nodiscard]] space::Cell cell(std::size_t i) const {
    space::Specification graph;
    graph.adjacency = static_cast<std::uint32_t>(column(header_["adjacency"])[i]);
    while (graph.vertices < space::kMaxVertices &&
           graph.adjacency >> space::Specification::edge_bit(0, graph.vertices) != 0) {
      ++graph.vertices;
    }
    auto code = static_cast<unsigned>(column(header_["code"])[i]);
    for (unsigned v = graph.vertices - 2U; v >= 1; --v) {
      graph.set_operation(v, static_cast<space::Operation>(code % 3));
      code /= 3;
    }
    return space::Cell::from(graph).value();
  }

  struct Metric {
    Json description;
    // (budgets, cells); NaN: not there
    std::vector<std::vector<double>> values;
    std::vector<std::vector<double>> lower;
    std::vector<std::vector<double>> upper;
    std::vector<std::vector<std::size_t>> provenance;
    std::vector<bool> is_out_of_range;  // (cells)
  };

  [[nodiscard]] Metric metric(const std::string& name) const {
    for (const Json& description : header_["metrics"])
      if (description["name"] == name) return read_metric(description);
    throw std::runtime_error("no metric " + name);
  }

 private:
  static constexpr double kNan = std::numeric_limits<double>::quiet_NaN();

  [[nodiscard]] const std::vector<double>& column(const Json& number) const {
    return columns_[number.get<std::size_t>()];
  }

  [[nodiscard]] Metric read_metric(const Json& description) const {
    Metric metric;
    metric.description = description;
    const Json& epochs = header_["epochs"];
    for (std::size_t b = 0; b < epochs.size(); ++b) {
      const bool proportional = description["proportional"];
      std::vector<double> values = column(description["values"][proportional ? 0 : b]);
      if (proportional) {
        for (double& value : values)
          value *= epochs[b].get<double>() / epochs[0].get<double>();
      }
      const Json& provenance = description["provenance"];
      metric.provenance.emplace_back();
      for (std::size_t i = 0; i < size(); ++i) {
        const std::size_t kind =
            provenance.contains("same")
                ? provenance["same"][b].get<std::size_t>()
                : static_cast<std::size_t>(column(provenance["columns"][b])[i]);
        metric.provenance.back().push_back(std::isnan(values[i]) ? 0 : kind);
      }
      metric.lower.push_back(bounds(description, "lower", b, values));
      metric.upper.push_back(bounds(description, "upper", b, values));
      metric.values.push_back(std::move(values));
    }
    for (std::size_t i = 0; i < size(); ++i) {
      metric.is_out_of_range.push_back(description.contains("out_of_range") &&
                                       column(description["out_of_range"])[i] == 1);
    }
    return metric;
  }

  [[nodiscard]] std::vector<double> bounds(const Json& description, const char* side, std::size_t b,
                                           const std::vector<double>& values) const {
    const Json& interval = description["interval"];
    if (interval["kind"] == "columns") return column(interval[side][b]);
    std::vector<double> result(size(), kNan);
    if (interval["kind"] != "by_vertices") return result;
    std::vector<double> ratios;
    for (const Json& ratio : interval[side][b])
      ratios.push_back(ratio.is_null() ? kNan : ratio.get<double>());
    const bool is_fraction = description["kind"] == "fraction";
    for (std::size_t i = 0; i < size(); ++i) {
      const double ratio = ratios[cell(i).vertices() - 2];
      result[i] = is_fraction ? 1 - (1 - values[i]) * ratio : values[i] * ratio;
      if (is_fraction && result[i] < 0) result[i] = 0;
      if (is_fraction && result[i] > 1) result[i] = 1;
    }
    return result;
  }

  void read_column(std::size_t k) {
    const Json& description = header_["columns"][k];
    const std::string encoding = description["encoding"];
    const std::size_t width = encoding == "u8" ? 1 : encoding == "u16" ? 2 : 4;
    const std::size_t begin = description["bytes"][0];
    const std::vector<std::uint8_t> bytes =
        inflated(std::string_view(data_).substr(begin, description["bytes"][1]), width * size());
    std::vector<std::uint32_t> words(size());
    for (std::size_t i = 0; i < size(); ++i) {
      for (std::size_t plane = 0; plane < width; ++plane)
        words[i] |= std::uint32_t{bytes[plane * size() + i]} << (8 * plane);
    }
    std::vector<double> values;
    if (encoding == "u16") {
      values = quantised(description, words);
    } else {
      std::uint32_t sum = 0;
      for (const std::uint32_t word : words) {
        sum += word;
        if (encoding == "f32") {
          values.push_back(double{std::bit_cast<float>(word)});
        } else {
          values.push_back(encoding == "delta-u32" ? sum : word);
        }
      }
    }
    columns_.push_back(std::move(values));
  }

  std::vector<double> quantised(const Json& description, std::vector<std::uint32_t>& words) {
    std::vector<double> values;
    for (std::size_t i = 0; i < words.size(); ++i) {
      if (description.contains("base")) {
        const std::uint32_t below = words_.at(description["base"].get<std::size_t>())[i];
        words[i] =
            words[i] == 0x8000 ? 0xFFFF : (words[i] + (below == 0xFFFF ? 0 : below)) & 0xFFFF;
      }
      const double scaled =
          description["low"].get<double>() + description["step"].get<double>() * words[i];
      values.push_back(words[i] == 0xFFFF              ? kNan
                       : description["scale"] == "log" ? std::exp(scaled)
                                                       : scaled);
    }
    words_.resize(columns_.size() + 1);
    words_.back() = words;
    return values;
  }

  Json header_;
  std::string data_;
  std::vector<std::vector<double>> columns_;
  std::vector<std::vector<std::uint32_t>> words_;  ///< of columns of words
};

}  // namespace ecnas::oracles
