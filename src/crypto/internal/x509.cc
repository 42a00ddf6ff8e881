#include "crypto/internal/x509.h"

#include <ctime>

namespace cloister::crypto::internal {

Result<Time> TimeFromAsn1(const ASN1_TIME* time) {
  std::tm parts{};
  if (time == nullptr || ASN1_TIME_to_tm(time, &parts) != 1) {
    return Error(ErrorCode::kMalformed, "X.509: not a time of RFC 5280");
  }
  using namespace std::chrono;
  const year_month_day day{year(parts.tm_year + 1900), month(static_cast<unsigned>(parts.tm_mon + 1)),
                           std::chrono::day(static_cast<unsigned>(parts.tm_mday))};
  if (!day.ok()) return Error(ErrorCode::kMalformed, "X.509: not a day of the calendar");
  return Time(sys_days(day) + hours(parts.tm_hour) + minutes(parts.tm_min) + seconds(parts.tm_sec));
}

OwnedAsn1Time TimeToAsn1(Time time) {
  using namespace std::chrono;
  const int in_year = static_cast<int>(year_month_day(floor<days>(time)).year());
  if (in_year < 1950 || in_year > 9999) return nullptr;
  OwnedAsn1Time encoded(ASN1_TIME_adj(nullptr, 0, static_cast<int>(floor<days>(time).time_since_epoch().count()),
                                      static_cast<long>((time - floor<days>(time)).count())));
  CHECK(encoded != nullptr);
  return encoded;
}

Bytes NumberFromAsn1(const ASN1_INTEGER* number) {
  const OwnedBignum value(ASN1_INTEGER_to_BN(number, nullptr));
  CHECK(value != nullptr);
  Bytes bytes(static_cast<std::size_t>(BN_num_bytes(value.get())));
  CHECK(BN_bn2bin(value.get(), bytes.data()) == ToInt(bytes.size()));
  return bytes;
}

OwnedAsn1Integer NumberToAsn1(ByteSpan number) {
  const OwnedBignum value(BN_bin2bn(number.data(), ToInt(number.size()), nullptr));
  CHECK(value != nullptr);
  OwnedAsn1Integer encoded(BN_to_ASN1_INTEGER(value.get(), nullptr));
  CHECK(encoded != nullptr);
  return encoded;
}

Result<OwnedObject> ParseOid(const std::string& oid) {
  const ErrorScope errors;
  OwnedObject object(OBJ_txt2obj(oid.c_str(), 1));
  if (object == nullptr) return Error(ErrorCode::kUsage, "X.509: expected a dotted OID");
  return object;
}

}  // namespace cloister::crypto::internal
