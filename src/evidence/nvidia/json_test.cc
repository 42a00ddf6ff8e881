#include "evidence/nvidia/json.h"

#include "evidence/nvidia/testing.h"

namespace cloister::evidence {
namespace {

using formats::Json;

std::vector<NvidiaEvidence> Devices() {
  return {TestGpu().Evidence(TestNvidiaNonce()), NewNvidiaDevice(NvidiaArchitecture::kLs10).Evidence(TestNvidiaNonce())};
}

TEST(NvidiaJson, ReadsBackBothForms) {
  auto devices = Devices();
  EXPECT_EQ(*NvidiaEvidenceFromJson(NvidiaEvidenceToTrusteeJson(devices)), devices);
  const auto collection = NvidiaEvidenceFromJson(*NvidiaEvidenceToCollectionJson(devices));
  for (auto& device : devices) device.uuid.clear();  // the collection has none
  EXPECT_EQ(*collection, devices);
}

TEST(NvidiaJson, ReadsHexAndABufferWithMoreInIt) {
  const auto devices = Devices();
  Json json = NvidiaEvidenceToTrusteeJson({devices.data(), 1});
  Json entry = (**json.GetArray("device_evidence_list"))[0];
  Bytes buffer = devices[0].report;
  buffer.push_back(0);
  entry.Set("evidence", ToHex(buffer));
  const auto read = NvidiaEvidenceFromJson(Json::Object{{"device_evidence_list", Json::Array{entry}}});
  ASSERT_TRUE(read.has_value()) << read.error().ToText();
  EXPECT_EQ((*read)[0], devices[0]);
}

TEST(NvidiaJson, RefusesOtherForms) {
  const auto devices = Devices();
  const auto refused = [](const Json& json) { return RefusalOf(NvidiaEvidenceFromJson(json)); };
  EXPECT_EQ(refused(Json::Array{}), ErrorCode::kMalformed);
  EXPECT_EQ(refused(Json(1)), ErrorCode::kMalformed);
  EXPECT_EQ(refused(Json::Object{{"device_evidence_list", Json::Array{}}, {"more", 1}}), ErrorCode::kMalformed);
  EXPECT_EQ(refused(Json::Array(33, Json::Object{})), ErrorCode::kLimit);
  const Json collection = *NvidiaEvidenceToCollectionJson({devices.data(), 1});
  const auto changed = [&](std::string_view key, Json value) {
    Json entry = (**collection.AsArray())[0];
    entry.Set(key, std::move(value));
    return Json(Json::Array{entry});
  };
  EXPECT_EQ(refused(changed("version", "2.0")), ErrorCode::kMalformed);
  EXPECT_EQ(refused(changed("arch", "AMPERE")), ErrorCode::kUnsupported);
  EXPECT_EQ(refused(changed("nonce", "00")), ErrorCode::kMalformed);
  EXPECT_EQ(refused(changed("evidence", "!")), ErrorCode::kMalformed);
  EXPECT_EQ(refused(changed("certificate", 1)), ErrorCode::kMalformed);
  EXPECT_EQ(refused(changed("evidence", std::string(1 << 18, 'A'))), ErrorCode::kLimit);
}

}  // namespace
}  // namespace cloister::evidence
