// What preparation gives: numbers, row by row, each row with the person it is about.
#pragma once

#include "base/secret_bytes.h"

namespace cloister::tables {

struct NumberColumn {
  std::string name;
  std::vector<double> values;       // 0 where not valid
  std::vector<std::uint8_t> valid;  // 1: there is a finite number; 0: missing, or could not be computed
};

// Invariant: `persons` and every column have the same length. Movable; overwritten when it goes.
class PersonTable {
 public:
  PersonTable(std::vector<std::string> persons, std::vector<NumberColumn> columns);
  ~PersonTable();
  PersonTable(PersonTable&&) noexcept = default;
  PersonTable& operator=(PersonTable&& other) noexcept;

  std::size_t rows() const { return persons_.size(); }
  const std::vector<std::string>& persons() const { return persons_; }
  const std::vector<NumberColumn>& columns() const { return columns_; }
  // Null pointer where there is none of that name.
  const NumberColumn* Find(std::string_view name) const;

  // At most `rows_per_person` rows of each person, ordered by HMAC-SHA-256 under `key` of person and row. Which rows of a
  // person stay depends on that person's rows alone; the order depends on content and key, not on how the query ran.
  PersonTable CapRowsPerPerson(std::size_t rows_per_person, const SecretBytes& key) const;

 private:
  void WipeAll();
  std::vector<std::string> persons_;
  std::vector<NumberColumn> columns_;
};

}  // namespace cloister::tables
