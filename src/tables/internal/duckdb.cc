#include "tables/internal/duckdb.h"

#include <array>
#include <cstring>

#include "base/shared_library.h"

namespace cloister::tables::internal {
namespace {

constexpr char kName[] = "libduckdb.so";
constexpr std::string_view kVersion = "v1.5.6";

// Tells whoever lists or measures what a program loads about this library too (the UAPI group's "ELF dlopen metadata").
struct Note {
  std::uint32_t owner_size = 4;
  std::uint32_t text_size = sizeof text;
  std::uint32_t type = 0x407C0C0A;
  char owner[4] = "FDO";
  alignas(4) char text[84] = R"([{"soname":["libduckdb.so"],"feature":"tables","priority":"required"}])";
};
[[gnu::section(".note.dlopen"), gnu::used, gnu::aligned(4)]] constexpr Note kNote;

Result<DuckDb> Find(const SharedLibrary& library) {
  DuckDb duckdb{};
  TRY(library.Find("duckdb_library_version", &duckdb.library_version));
  if (duckdb.library_version() != kVersion) {
    return Error(ErrorCode::kUnsupported, "expected DuckDB " + std::string(kVersion) + ", got " + duckdb.library_version());
  }
  TRY(library.Find("duckdb_free", &duckdb.free));
  TRY(library.Find("duckdb_create_config", &duckdb.create_config));
  TRY(library.Find("duckdb_set_config", &duckdb.set_config));
  TRY(library.Find("duckdb_destroy_config", &duckdb.destroy_config));
  TRY(library.Find("duckdb_open_ext", &duckdb.open_ext));
  TRY(library.Find("duckdb_close", &duckdb.close));
  TRY(library.Find("duckdb_connect", &duckdb.connect));
  TRY(library.Find("duckdb_disconnect", &duckdb.disconnect));
  TRY(library.Find("duckdb_interrupt", &duckdb.interrupt));
  TRY(library.Find("duckdb_query", &duckdb.query));
  TRY(library.Find("duckdb_prepare", &duckdb.prepare));
  TRY(library.Find("duckdb_destroy_prepare", &duckdb.destroy_prepare));
  TRY(library.Find("duckdb_bind_varchar_length", &duckdb.bind_varchar_length));
  TRY(library.Find("duckdb_execute_prepared", &duckdb.execute_prepared));
  TRY(library.Find("duckdb_destroy_result", &duckdb.destroy_result));
  TRY(library.Find("duckdb_row_count", &duckdb.row_count));
  TRY(library.Find("duckdb_column_count", &duckdb.column_count));
  TRY(library.Find("duckdb_column_type", &duckdb.column_type));
  TRY(library.Find("duckdb_fetch_chunk", &duckdb.fetch_chunk));
  TRY(library.Find("duckdb_destroy_data_chunk", &duckdb.destroy_data_chunk));
  TRY(library.Find("duckdb_data_chunk_get_size", &duckdb.chunk_size));
  TRY(library.Find("duckdb_data_chunk_get_vector", &duckdb.chunk_vector));
  TRY(library.Find("duckdb_vector_get_data", &duckdb.vector_data));
  TRY(library.Find("duckdb_vector_get_validity", &duckdb.vector_validity));
  return duckdb;
}

struct Loaded {
  SharedLibrary library;
  DuckDb functions;
};

Result<Loaded> Load() {
  SharedLibrary library = TRY(SharedLibrary::Load(kName, SharedLibrary::Binding::kLazy));
  const DuckDb functions = TRY_WITH(kName, Find(library));
  return Loaded{std::move(library), functions};
}

}  // namespace

Result<const DuckDb*> LoadDuckDb() {
  // Never freed: the library has threads and state of its own until the program ends.
  static const Result<Loaded>* const loaded = new Result<Loaded>(Load());
  if (!*loaded) return loaded->error();
  return &(*loaded)->functions;
}

}  // namespace cloister::tables::internal
