// The functions of DuckDB's C API that we call, version 1.5.6. The library comes without a header; these declarations
// follow the published duckdb.h.
#pragma once

#include <cstdint>

extern "C" {

using idx_t = std::uint64_t;
enum duckdb_state { DuckDBSuccess = 0, DuckDBError = 1 };
enum duckdb_type_id { DUCKDB_TYPE_DOUBLE = 11, DUCKDB_TYPE_VARCHAR = 17 };

using duckdb_database = struct duckdb_database_handle*;
using duckdb_connection = struct duckdb_connection_handle*;
using duckdb_config = struct duckdb_config_handle*;
using duckdb_prepared_statement = struct duckdb_prepared_statement_handle*;
using duckdb_data_chunk = struct duckdb_data_chunk_handle*;
using duckdb_vector = struct duckdb_vector_handle*;

struct duckdb_result {
  idx_t deprecated_column_count;
  idx_t deprecated_row_count;
  idx_t deprecated_rows_changed;
  void* deprecated_columns;
  char* deprecated_error_message;
  void* internal_data;
};

// Up to 12 bytes lie in `inlined`, longer text where `pointer` says. Not NUL-ended.
struct duckdb_string_t {
  union {
    struct {
      std::uint32_t length;
      char prefix[4];
      char* ptr;
    } pointer;
    struct {
      std::uint32_t length;
      char inlined[12];
    } inlined;
  } value;
};

const char* duckdb_library_version();
void duckdb_free(void* pointer);

duckdb_state duckdb_create_config(duckdb_config* config);
duckdb_state duckdb_set_config(duckdb_config config, const char* name, const char* option);
void duckdb_destroy_config(duckdb_config* config);
duckdb_state duckdb_open_ext(const char* path, duckdb_database* database, duckdb_config config, char** error);
void duckdb_close(duckdb_database* database);
duckdb_state duckdb_connect(duckdb_database database, duckdb_connection* connection);
void duckdb_disconnect(duckdb_connection* connection);
void duckdb_interrupt(duckdb_connection connection);

duckdb_state duckdb_query(duckdb_connection connection, const char* sql, duckdb_result* result);
duckdb_state duckdb_prepare(duckdb_connection connection, const char* sql, duckdb_prepared_statement* statement);
void duckdb_destroy_prepare(duckdb_prepared_statement* statement);
duckdb_state duckdb_bind_varchar_length(duckdb_prepared_statement statement, idx_t index, const char* text, idx_t length);
duckdb_state duckdb_execute_prepared(duckdb_prepared_statement statement, duckdb_result* result);
void duckdb_destroy_result(duckdb_result* result);

idx_t duckdb_row_count(duckdb_result* result);
idx_t duckdb_column_count(duckdb_result* result);
duckdb_type_id duckdb_column_type(duckdb_result* result, idx_t column);
duckdb_data_chunk duckdb_fetch_chunk(duckdb_result result);
void duckdb_destroy_data_chunk(duckdb_data_chunk* chunk);
idx_t duckdb_data_chunk_get_size(duckdb_data_chunk chunk);
duckdb_vector duckdb_data_chunk_get_vector(duckdb_data_chunk chunk, idx_t column);
void* duckdb_vector_get_data(duckdb_vector vector);
std::uint64_t* duckdb_vector_get_validity(duckdb_vector vector);

}  // extern "C"
