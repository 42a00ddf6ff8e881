#include "base/byte_reader.h"
#include "crypto/mac.h"
#include "room/work.h"

namespace cloister::room {

PreparedData::~PreparedData() {
  for (std::string& person : persons) Wipe({reinterpret_cast<std::uint8_t*>(person.data()), person.size()});
}

PeopleSplit SplitPeople(const PreparedData& data, double validation, crypto::RandomSource& random) {
  const SecretBytes key = crypto::RandomSecret(random, 32);
  // A share of 2^32 places; a person's place is the first four bytes of its MAC.
  const double limit = validation * 4294967296.0;
  PeopleSplit split;
  for (std::size_t row = 0; row < data.rows(); ++row) {
    const auto mac = crypto::HmacSha256(key.ExposeSecret(), AsBytes(data.persons[row]));
    const auto place = ByteReader(mac).Be<std::uint32_t>();
    (static_cast<double>(*place) < limit ? split.validation : split.training).push_back(row);
  }
  return split;
}

}  // namespace cloister::room
