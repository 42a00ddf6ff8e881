#include "tables/person_table.h"

#include <algorithm>
#include <numeric>
#include <tuple>

#include "base/byte_reader.h"
#include "crypto/mac.h"

namespace cloister::tables {
namespace {

struct RowOrder {
  std::size_t row;
  crypto::Sha256Digest person;
  crypto::Sha256Digest content;
};

template <class T>
MutableByteSpan BytesOf(std::vector<T>& values) {
  return {reinterpret_cast<std::uint8_t*>(values.data()), values.size() * sizeof(T)};
}

Bytes Encode(const std::string& person, const std::vector<NumberColumn>& columns, std::size_t row) {
  Bytes out;
  AppendBe<std::uint64_t>(out, person.size());
  out.insert(out.end(), person.begin(), person.end());
  for (const NumberColumn& column : columns) {
    out.push_back(column.valid[row]);
    AppendBe<std::uint64_t>(out, std::bit_cast<std::uint64_t>(column.values[row]));
  }
  return out;
}

}  // namespace

PersonTable::PersonTable(std::vector<std::string> persons, std::vector<NumberColumn> columns)
    : persons_(std::move(persons)), columns_(std::move(columns)) {
  for (const NumberColumn& column : columns_) {
    CHECK(column.values.size() == persons_.size() && column.valid.size() == persons_.size());
  }
}

PersonTable::~PersonTable() { WipeAll(); }

PersonTable& PersonTable::operator=(PersonTable&& other) noexcept {
  WipeAll();
  persons_ = std::move(other.persons_);
  columns_ = std::move(other.columns_);
  return *this;
}

void PersonTable::WipeAll() {
  for (std::string& person : persons_) Wipe({reinterpret_cast<std::uint8_t*>(person.data()), person.size()});
  for (NumberColumn& column : columns_) {
    Wipe(BytesOf(column.values));
    Wipe(BytesOf(column.valid));
  }
}

const NumberColumn* PersonTable::Find(std::string_view name) const {
  for (const NumberColumn& column : columns_) {
    if (column.name == name) return &column;
  }
  return nullptr;
}

PersonTable PersonTable::CapRowsPerPerson(std::size_t rows_per_person, const SecretBytes& key) const {
  std::vector<RowOrder> order;
  order.reserve(rows());
  for (std::size_t row = 0; row < rows(); ++row) {
    Bytes content = Encode(persons_[row], columns_, row);
    order.push_back({row, crypto::HmacSha256(key.ExposeSecret(), AsBytes(persons_[row])),
                     crypto::HmacSha256(key.ExposeSecret(), content)});
    Wipe(content);
  }
  // Equal keys mean equal rows, so their order does not matter.
  std::sort(order.begin(), order.end(), [](const RowOrder& a, const RowOrder& b) {
    return std::tie(a.person, a.content) < std::tie(b.person, b.content);
  });

  std::vector<std::string> persons;
  std::vector<NumberColumn> columns;
  for (const NumberColumn& column : columns_) columns.push_back({column.name, {}, {}});
  std::size_t taken = 0;
  for (const RowOrder& entry : order) {
    const std::string& person = persons_[entry.row];
    taken = persons.empty() || persons.back() != person ? 0 : taken;
    if (taken++ >= rows_per_person) continue;
    persons.push_back(person);
    for (std::size_t i = 0; i < columns.size(); ++i) {
      columns[i].values.push_back(columns_[i].values[entry.row]);
      columns[i].valid.push_back(columns_[i].valid[entry.row]);
    }
  }
  return PersonTable(std::move(persons), std::move(columns));
}

}  // namespace cloister::tables
