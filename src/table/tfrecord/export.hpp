#pragma once

#include <filesystem>
#include <string>
#include <vector>

#include "table/selection.hpp"
#include "table/tfrecord/message.hpp"

namespace ecnas::table::tfrecord {

/// Writes a record for each (cell, budget, repeat) that has a value the messages of this kind hold.
/// @return what of the selection the format cannot hold
/// @throws Error{not_found} if no value can be held; Error{io_failure}
std::vector<std::string> export_records(const Table& table, const Selection& selection,
                                        MessageKind kind, const std::filesystem::path& path);

}  // namespace ecnas::table::tfrecord
