#include "evidence/nvidia/rim.h"

#include "evidence/nvidia/testing.h"

namespace cloister::evidence {
namespace {

NvidiaRim Rim() { return TestNvidia().DriverRim(NvidiaArchitecture::kHopper); }
std::string Signed() { return std::string(AsText(TestNvidia().SignRim(Rim()))); }

Result<VerifiedNvidiaRim> Verify(std::string_view text, Time at = kTestNow) {
  return VerifyNvidiaRim(AsBytes(text), TestNvidia().Trusted(), at);
}

std::string Replaced(std::string text, std::string_view what, std::string_view with) {
  const std::size_t at = text.find(what);
  CHECK(at != text.npos);
  return text.replace(at, what.size(), with);
}

TEST(NvidiaRim, ReadsBackWhatTheSimulatorSigned) {
  const auto verified = Verify(Signed());
  ASSERT_TRUE(verified.has_value()) << verified.error().ToText();
  EXPECT_EQ(verified->rim(), Rim());
  EXPECT_TRUE(verified->root().simulated);
}

TEST(NvidiaRim, RefusesItWithoutTheSimulatedAnchor) {
  const auto verified = VerifyNvidiaRim(AsBytes(Signed()), TrustAnchors::Vendors(), kTestNow);
  EXPECT_EQ(RefusalOf(verified), ErrorCode::kUntrusted);
}

TEST(NvidiaRim, RefusesEveryFlippedByte) {
  const std::string text = Signed();
  for (std::size_t i = 0; i < text.size(); i += 37) {
    std::string changed = text;
    changed[i] = static_cast<char>(changed[i] ^ 0x01);
    EXPECT_FALSE(Verify(changed).has_value()) << "byte " << i << " " << text.substr(i, 20);
  }
}

TEST(NvidiaRim, RefusesAVectorWithEveryFlippedByte) {
  if (!HaveVectors()) GTEST_SKIP() << "needs the shared vectors";
  const Bytes xml = Vector("nvidia-rim/driver-550.144.03/rim.xml");
  const Time at = *FromRfc3339("2025-12-01T00:00:00Z");
  ASSERT_TRUE(VerifyNvidiaRim(xml, TrustAnchors::Vendors(), at).has_value());
  for (std::size_t i = 0; i < xml.size(); i += 61) {
    Bytes changed = xml;
    changed[i] ^= 0x04;
    EXPECT_FALSE(VerifyNvidiaRim(changed, TrustAnchors::Vendors(), at).has_value()) << i;
  }
}

TEST(NvidiaRim, RefusesWhatIsCut) {
  const std::string text = Signed();
  for (std::size_t size = 0; size < text.size(); size += 97) EXPECT_FALSE(Verify(text.substr(0, size)).has_value());
}

TEST(NvidiaRim, RefusesExpiredSigners) {
  const std::string text = Signed();
  EXPECT_EQ(RefusalOf(Verify(text, kTestNow + std::chrono::days(31))), ErrorCode::kExpired);
  EXPECT_EQ(RefusalOf(Verify(text, kTestNow - std::chrono::days(31))), ErrorCode::kExpired);
}

TEST(NvidiaRim, RefusesAnotherVendorsSignature) {
  const auto other = SimulatedNvidia::Make(
      {.not_before = kTestNow - std::chrono::days(1), .not_after = kTestNow + std::chrono::days(1)});
  const Bytes xml = other->SignRim(Rim());
  EXPECT_EQ(RefusalOf(VerifyNvidiaRim(xml, TestNvidia().Trusted(), kTestNow)), ErrorCode::kUntrusted);
}

TEST(NvidiaRim, RefusesOtherAlgorithmsTransformsAndReferences) {
  const std::string text = Signed();
  const auto refused = [&](std::string_view what, std::string_view with) {
    return RefusalOf(Verify(Replaced(text, what, with))) == ErrorCode::kUnsupported;
  };
  EXPECT_TRUE(refused("CanonicalizationMethod Algorithm=\"http://www.w3.org/2006/12/xml-c14n11\"",
                      "CanonicalizationMethod Algorithm=\"http://www.w3.org/2006/12/xml-c14n11#WithComments\""));
  EXPECT_TRUE(refused("xmldsig-more#ecdsa-sha384", "xmldsig-more#ecdsa-sha256"));
  EXPECT_TRUE(refused("xmldsig-more#ecdsa-sha384", "xmldsig-more#hmac-sha384"));
  EXPECT_TRUE(refused("http://www.w3.org/2001/04/xmldsig-more#sha384", "http://www.w3.org/2000/09/xmldsig#sha1"));
  EXPECT_TRUE(refused("xmldsig#enveloped-signature", "xmldsig#base64"));
  EXPECT_TRUE(refused("URI=\"\"", "URI=\"#part\""));
  EXPECT_TRUE(refused("URI=\"\"", "URI=\"file:///etc/passwd\""));
  EXPECT_TRUE(refused("URI=\"\"", "URI=\"http://example.com/\""));
  EXPECT_TRUE(refused("</ds:Transforms>",
                      "<ds:Transform Algorithm=\"http://www.w3.org/TR/1999/REC-xslt-19991116\"/></ds:Transforms>"));
  EXPECT_TRUE(refused("<ds:X509Data>", "<ds:KeyValue/><ds:X509Data>"));
}

TEST(NvidiaRim, RefusesContentsOfAnotherForm) {
  const std::string plain = SimulatedNvidia::RimText(Rim());
  const auto refused = [&](std::string_view what, std::string_view with) {
    const std::string text(AsText(TestNvidia().SignRimText(Replaced(plain, what, with))));
    return RefusalOf(Verify(text)) == ErrorCode::kMalformed;
  };
  EXPECT_TRUE(refused("index=\"1\"", "index=\"0\""));  // twice
  EXPECT_TRUE(refused("index=\"1\"", "index=\"256\""));
  EXPECT_TRUE(refused("index=\"1\"", "index=\"-1\""));
  EXPECT_TRUE(refused("index=\"1\"", "index=\"1 \""));
  EXPECT_TRUE(refused("active=\"True\"", "active=\"true\""));
  EXPECT_TRUE(refused("alternatives=\"2\"", "alternatives=\"1\""));
  EXPECT_TRUE(refused("alternatives=\"2\"", "alternatives=\"3\""));
  EXPECT_TRUE(refused("alternatives=\"1\"", "alternatives=\"0\""));
  EXPECT_TRUE(refused("ns2:Hash1", "ns2:Hash2"));
  EXPECT_TRUE(refused("size=\"48\"", "size=\"32\""));
  EXPECT_TRUE(refused("type=\"Measurement\"", "type=\"Other\""));
  EXPECT_TRUE(refused("product=\"GH100\"", "product=\"GB100\""));  // the name says GH100
  EXPECT_TRUE(refused("<ns0:Payload>", "<ns0:Payload/><ns0:Payload>"));
  EXPECT_TRUE(refused("colloquialVersion", "version"));
}

TEST(NvidiaRim, KeepsToItsLimits) {
  const std::string text = Signed();
  EXPECT_EQ(RefusalOf(Verify(std::string(1 << 20, ' ') + text)), ErrorCode::kLimit);
  std::string deep = "<SoftwareIdentity>";
  for (int i = 0; i < 300; ++i) deep += "<a>";
  EXPECT_FALSE(Verify(deep).has_value());
}

}  // namespace
}  // namespace cloister::evidence
