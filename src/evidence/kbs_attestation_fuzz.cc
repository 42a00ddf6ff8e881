// A guest's message of a whole machine. Without a vendor's signature, whatever it says, it is refused.
#include "evidence/composite.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace cloister;
  using namespace cloister::evidence;
  const auto json = formats::Json::Parse(AsText(ByteSpan(data, size)), {.max_bytes = kMaxEvidence});
  if (!json) return 0;
  const auto machine = KbsAttestation::FromJson(*json);
  if (!machine) return 0;
  (void)RuntimeDataOf(*machine);
  if (!machine->init_data.empty()) (void)KbsInitDataDigest(machine->init_data);
  if (const auto part = PrimaryPartOf(*machine)) CHECK(part->content.size() <= kMaxEvidence);
  static const TrustAnchors vendors = TrustAnchors::Vendors();
  const MachineExpectations expected{
      ChosenNonce::AnyNonce(), ChosenInitData::AnyInitData(), ExpectedDevices::WhateverIsBound(), {"cloister"}};
  CHECK(!VerifyEvidence(*machine, {}, vendors, expected, FromUnixSeconds(1'773'532'800)));
  return 0;
}
