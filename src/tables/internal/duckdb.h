// DuckDB's library, loaded at run time: relocating it takes longer than all else that a room does before it starts.
#pragma once

#include "base/result.h"
#include "tables/internal/duckdb_c_api.h"

namespace cloister::tables::internal {

struct DuckDb {
  decltype(&duckdb_library_version) library_version;
  decltype(&duckdb_free) free;
  decltype(&duckdb_create_config) create_config;
  decltype(&duckdb_set_config) set_config;
  decltype(&duckdb_destroy_config) destroy_config;
  decltype(&duckdb_open_ext) open_ext;
  decltype(&duckdb_close) close;
  decltype(&duckdb_connect) connect;
  decltype(&duckdb_disconnect) disconnect;
  decltype(&duckdb_interrupt) interrupt;
  decltype(&duckdb_query) query;
  decltype(&duckdb_prepare) prepare;
  decltype(&duckdb_destroy_prepare) destroy_prepare;
  decltype(&duckdb_bind_varchar_length) bind_varchar_length;
  decltype(&duckdb_execute_prepared) execute_prepared;
  decltype(&duckdb_destroy_result) destroy_result;
  decltype(&duckdb_row_count) row_count;
  decltype(&duckdb_column_count) column_count;
  decltype(&duckdb_column_type) column_type;
  decltype(&duckdb_fetch_chunk) fetch_chunk;
  decltype(&duckdb_destroy_data_chunk) destroy_data_chunk;
  decltype(&duckdb_data_chunk_get_size) chunk_size;
  decltype(&duckdb_data_chunk_get_vector) chunk_vector;
  decltype(&duckdb_vector_get_data) vector_data;
  decltype(&duckdb_vector_get_validity) vector_validity;
};

// Loads libduckdb.so, which the loader looks for in the program's RUNPATH, at the first call; the same answer ever after, and
// the library stays. Safe from several threads. kNotFound: it cannot be loaded; kUnsupported: another version.
Result<const DuckDb*> LoadDuckDb();

}  // namespace cloister::tables::internal
