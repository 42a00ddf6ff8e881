// The second check of the SQL that is to run: by its bound plan, in which names, views and macros are resolved.
#pragma once

#include <span>

#include "formats/json.h"
#include "tables/table_spec.h"

namespace cloister::tables::internal {

// `plan` is what json_serialize_plan gives (skip_null, skip_empty and skip_default on, optimize off). Success proves that
// the plan consists of projections, filters, inner and left comparison joins, and scans of `tables`, with expressions over
// one row.
// kUnsupported: anything else. kMalformed: the SQL does not bind.
Result<void> CheckPlan(const formats::Json& plan, std::span<const TableSpec> tables);

}  // namespace cloister::tables::internal
