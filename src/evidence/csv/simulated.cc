#include "evidence/csv/simulated.h"

#include <algorithm>

#include "base/byte_reader.h"

namespace cloister::evidence {
namespace {

using formats::Json;

constexpr std::uint32_t kPolicy = 0x00021045;  // nodbg, es, csv3; certificates of version 1, API 2.0

Json Numbers(ByteSpan bytes) {
  Json::Array array;
  for (const std::uint8_t byte : bytes) array.emplace_back(byte);
  return array;
}

void Append(Bytes& out, std::size_t count, std::uint8_t value) { out.insert(out.end(), count, value); }

// The fields up to the signature.
Bytes Fields(unsigned version, const std::array<std::uint8_t, 64>& report_data) {
  Bytes out;
  Append(out, 32, 0);     // digest of the user's key
  Append(out, 16, 0x11);  // VM id
  Append(out, 16, 0);     // VM version
  out.insert(out.end(), report_data.begin(), report_data.end());
  Append(out, 16, 0x22);  // mnonce
  Append(out, 32, 0x33);  // measure
  AppendLe<std::uint32_t>(out, kPolicy);
  AppendLe<std::uint32_t>(out, 0x1002);
  AppendLe<std::uint32_t>(out, 4);
  if (version == 1) {
    const Bytes anonce = {0xDE, 0xAD, 0xBE, 0xEF};
    for (std::size_t i = 0; i < out.size(); ++i) out[i] ^= anonce[i % 4];
    return Concat({out, anonce});
  }
  AppendLe<std::uint32_t>(out, 2405);  // build
  AppendLe<std::uint16_t>(out, 1);
  Append(out, 14, 0);
  for (std::uint8_t i = 0; i < 5; ++i) Append(out, 32, static_cast<std::uint8_t>(0x40 + i));
  Append(out, 656, 0);
  return out;
}

Json PekJson() {
  const Bytes coordinate(72, 0);
  const Json signature =
      Json::Object{{"usage", 0x1004},
                   {"algo", 4},
                   {"signature", Json::Object{{"r", Numbers(coordinate)}, {"s", Numbers(coordinate)}}},
                   {"_reserved", Numbers(Bytes(368, 0))}};
  const Json key = Json::Object{{"g", 3}, {"x", Numbers(coordinate)}, {"y", Numbers(coordinate)}};
  Json data = Json::Object{{"firmware", Json::Object{{"major", 1}, {"minor", 3}}},
                           {"reserved1", 0},
                           {"pubkey", Json::Object{{"usage", 0x1002}, {"algo", 4}, {"key", key}}},
                           {"uid_size", 0},
                           {"user_id", Numbers(Bytes(254, 0))},
                           {"sid", Numbers(Bytes(16, 0))},
                           {"reserved2", Numbers(Bytes(608, 0))}};
  return Json::Object{{"body", Json::Object{{"ver", 1}, {"data", std::move(data)}}},
                      {"sigs", Json::Array{signature, signature}}};
}

Bytes Pek() {
  Bytes out;
  AppendLe<std::uint32_t>(out, 1);
  for (const int byte : {1, 3, 0, 0}) out.push_back(static_cast<std::uint8_t>(byte));
  for (const std::uint32_t number : {0x1002u, 4u, 3u}) AppendLe<std::uint32_t>(out, number);
  Append(out, 144 + 2 + 254 + 16 + 608, 0);
  for (int i = 0; i < 2; ++i) {
    for (const std::uint32_t number : {0x1004u, 4u}) AppendLe<std::uint32_t>(out, number);
    Append(out, 144 + 368, 0);
  }
  return out;
}

}  // namespace

Json SimulatedCsvEvidence(unsigned version, const std::array<std::uint8_t, 64>& report_data) {
  Bytes serial_number = ToBytes("SIMULATED0001");
  serial_number.resize(64);
  Bytes page = Fields(version, report_data);
  Append(page, 144, 0);
  page = Concat({page, Pek(), serial_number});
  page.resize(kCsvReportSize);
  const Bytes magic = version == 1 ? Bytes(16, 0) : Concat({AsBytes("ATTESTATION_EXT"), Bytes{0}});
  return Json::Object{
      {"attestation_report",
       Json::Object{{"magic", Numbers(magic)}, {"flags", version == 1 ? 0 : 1}, {"data", Numbers(page)}}},
      {"cert_chain", Json::Object{{"pek", PekJson()}}},
      {"serial_number", Numbers(serial_number)}};
}

}  // namespace cloister::evidence
