#pragma once

#include <cstddef>
#include <span>
#include <string_view>

#include "table/import_context.hpp"

namespace ecnas::table::tfrecord {

/// Reads a TFRecord file of NAS-Bench-101's or EC-NAS's rows in one pass: threads take batches of
/// records apart while one brings together what the batches before held. Same file, same table,
/// whatever the number of threads.
/// @param mapped  the bytes are a mapped file, whose pages can be given back once they are read
/// @throws Error{invalid_data} with record and byte offset for a damaged record, unless
/// `keep_going`; with `strict`, for any finding
/// @complexity about 0.5 µs a record and thread; 100 bytes a record of memory
void import_records(std::span<const std::byte> file, bool mapped, std::string_view name,
                    ImportContext& context);

}  // namespace ecnas::table::tfrecord
