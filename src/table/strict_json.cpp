#include "table/strict_json.hpp"

#include <set>
#include <string>
#include <vector>

#include "ecnas/core/error.hpp"
#include "ecnas/core/text.hpp"

namespace ecnas::table {
namespace {

using nlohmann::json;

constexpr int kMaxDepth = 16;

/// Sees every key and bracket while the parser runs.
class Watch {
 public:
  explicit Watch(std::string_view name) : name_(name) {}

  bool operator()(int depth, json::parse_event_t event, const json& parsed) {
    if (depth > kMaxDepth) {
      fail(ErrorCode::invalid_data, "{}: JSON nested deeper than the {} levels expected at most",
           name_, kMaxDepth);
    }
    if (event == json::parse_event_t::object_start) keys_.emplace_back();
    if (event == json::parse_event_t::object_end) keys_.pop_back();
    if (event == json::parse_event_t::key) {
      const auto& key = parsed.get_ref<const std::string&>();
      if (!keys_.back().insert(key).second) {
        fail(ErrorCode::invalid_data, "{}: JSON key {} occurs twice in one object; keep one", name_,
             ecnas::quoted(key));
      }
    }
    return true;
  }

 private:
  std::string_view name_;
  std::vector<std::set<std::string>> keys_;  // of the objects that are open
};

}  // namespace

json parse_strict_json(std::string_view text, std::string_view name) {
  Watch watch(name);
  try {
    return json::parse(text.begin(), text.end(),
                       [&watch](int depth, json::parse_event_t event, json& parsed) {
                         return watch(depth, event, parsed);
                       });
  } catch (const json::parse_error& error) {
    fail(ErrorCode::invalid_data, "{}: not valid JSON at byte {}; expected one JSON object", name,
         error.byte);
  } catch (const json::out_of_range&) {
    fail(ErrorCode::invalid_data, "{}: JSON with a number beyond the range of a double", name);
  }
}

}  // namespace ecnas::table
