#include "evidence/intel/pck.h"

#include <algorithm>

#include "evidence/intel/testing.h"
#include "formats/der.h"

namespace cloister::evidence {
namespace {

PckExtension Example() {
  PckExtension pck = SimulatedIntelOptions::UpToDatePck();
  pck.ppid.fill(0x99);
  pck.tcb_components = {0, 1, 127, 128, 255};
  pck.pce_svn = 65535;
  return pck;
}

TEST(PckExtension, ReadsWhatItWrites) {
  const PckExtension platform = Example();
  EXPECT_EQ(*ParsePckExtension(SerializePckExtension(platform)), platform);
  PckExtension processor = platform;
  processor.sgx_type = SgxType::kStandard;
  processor.platform_instance_id.reset();
  processor.configuration.reset();
  EXPECT_EQ(*ParsePckExtension(SerializePckExtension(processor)), processor);
}

TEST(PckExtension, RefusesTruncationsAndTrailingBytes) {
  Bytes der = SerializePckExtension(Example());
  for (std::size_t size = 0; size < der.size(); ++size) {
    ASSERT_EQ(CodeOf(ParsePckExtension(ByteSpan(der).first(size))), "malformed") << size;
  }
  der.push_back(0);
  EXPECT_EQ(CodeOf(ParsePckExtension(der)), "malformed");
}

Bytes Element(std::string_view suffix, ByteSpan value) {
  return formats::DerSequence({*formats::DerOid(std::string(kPckExtensionOid) + std::string(suffix)), value});
}

// The example without its outer SEQUENCE, with `element` at the end.
Bytes With(ByteSpan element) {
  const Bytes example = SerializePckExtension(Example());
  formats::DerReader reader(example);
  return formats::DerEncode(formats::DerTag::kSequence, Concat({reader.Next()->content, element}));
}

TEST(PckExtension, RefusesElementsTwiceAndUnknownOnes) {
  const Bytes octets = formats::DerOctetString(Bytes(6, 1));
  EXPECT_EQ(CodeOf(ParsePckExtension(With(Element(".4", octets)))), "malformed");
  EXPECT_EQ(CodeOf(ParsePckExtension(With(Element(".8", octets)))), "unsupported");
  EXPECT_EQ(CodeOf(ParsePckExtension(With(Element(".4.1", octets)))), "unsupported");
  EXPECT_EQ(CodeOf(ParsePckExtension(With(formats::DerSequence({*formats::DerOid("1.2.3"), octets})))), "unsupported");
}

TEST(PckExtension, RefusesComponentsOutOfRange) {
  const Bytes der = SerializePckExtension(Example());
  // PCESVN 65535 and its OID end with …02 11 | 02 03 00 FF FF.
  const Bytes svn = formats::DerInteger(65535);
  const auto at = std::search(der.begin(), der.end(), svn.begin(), svn.end());
  ASSERT_NE(at, der.end());
  Bytes negative = der;
  negative[static_cast<std::size_t>(at - der.begin()) + 2] = 0xFF;  // neither minimal nor positive
  EXPECT_NE(CodeOf(ParsePckExtension(negative)), "accepted");
  negative[static_cast<std::size_t>(at - der.begin()) + 2] = 0x01;  // 131071
  EXPECT_EQ(CodeOf(ParsePckExtension(negative)), "malformed");
}

TEST(PckExtension, IsReadFromACertificate) {
  EXPECT_EQ(*ReadPckFromUnverified(TestIntel().pck), TestIntel().options.pck);
  EXPECT_EQ(CodeOf(ReadPckFromUnverified(TestIntel().ca)), "malformed");
}

}  // namespace
}  // namespace cloister::evidence
