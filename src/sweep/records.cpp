#include "sweep/records.hpp"

#include <cmath>

#include "ecnas/core/printable.hpp"
#include "ecnas/core/text.hpp"

namespace ecnas::sweep {
namespace {

/// The value after `KEY ` on a line of its own; absent also where the line is cut.
std::optional<std::string_view> value_of(std::string_view text, std::string_view key) {
  while (!text.empty()) {
    const std::size_t end = text.find('\n');
    if (end == std::string_view::npos) return std::nullopt;
    const std::string_view line = text.substr(0, end);
    if (line.size() > key.size() && line.starts_with(key) && line[key.size()] == ' ')
      return line.substr(key.size() + 1);
    text.remove_prefix(end + 1);
  }
  return std::nullopt;
}

std::optional<double> amount(std::string_view text, std::string_view key) {
  const auto value = value_of(text, key);
  const auto number = value ? parse_real(*value) : std::nullopt;
  if (!number || !std::isfinite(*number) || *number < 0) return std::nullopt;
  return number;
}

std::optional<std::int64_t> whole(std::string_view text, std::string_view key) {
  const auto value = value_of(text, key);
  return value ? parse_integer(*value) : std::nullopt;
}

}  // namespace

std::string to_text(const Failure& failure) {
  return fmt::format("kind {}\nmessage {}\n", printable(failure.kind), printable(failure.message));
}

Failure parse_failure(std::string_view text) {
  const auto kind = value_of(text, "kind");
  const auto message = value_of(text, "message");
  if (!kind || kind->empty()) return {"unknown", "the note of the failure is damaged"};
  return {printable(*kind), printable(message.value_or(""))};
}

std::string to_text(const DoneRecord& record) {
  return fmt::format(
      "energy_kwh {}\ntime_s {}\nfinished_unix_s {}\ngeneration {}\nshared_machine {}\n",
      shortest(record.energy_kwh), shortest(record.time_s), record.finished_unix_s,
      record.generation, record.is_shared_machine ? 1 : 0);
}

std::optional<DoneRecord> parse_done_record(std::string_view text) {
  const auto energy = amount(text, "energy_kwh");
  const auto time = amount(text, "time_s");
  const auto finished = whole(text, "finished_unix_s");
  const auto generation = whole(text, "generation");
  const auto shared = whole(text, "shared_machine");
  if (!energy || !time || !finished || !generation || *generation < 0 || !shared)
    return std::nullopt;
  return DoneRecord{*energy, *time, *finished, static_cast<std::uint32_t>(*generation),
                    *shared != 0};
}

std::string to_text(const WorkerIdentity& identity) {
  return fmt::format("id {}\nhost {}\nboot {}\npid {}\nstart_time {}\n", identity.id, identity.host,
                     identity.boot, identity.pid, identity.start_time);
}

std::optional<WorkerIdentity> parse_identity(std::string_view text) {
  const auto id = value_of(text, "id");
  const auto host = value_of(text, "host");
  const auto boot = value_of(text, "boot");
  const auto pid = whole(text, "pid");
  const auto start_time = whole(text, "start_time");
  const bool is_sound = id && !id->empty() && id->find('/') == std::string_view::npos && host &&
                        boot && pid && *pid > 0 && start_time && *start_time >= 0;
  if (!is_sound) return std::nullopt;
  return WorkerIdentity{std::string(*id), std::string(*host), std::string(*boot), *pid,
                        static_cast<std::uint64_t>(*start_time)};
}

}  // namespace ecnas::sweep
