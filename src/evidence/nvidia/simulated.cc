#include "evidence/nvidia/simulated.h"

#include <algorithm>

#include "crypto/x509_builder.h"
#include "evidence/nvidia/internal/xml_signature.h"
#include "formats/der.h"

namespace cloister::evidence {
namespace {

using crypto::Certificate;
using crypto::CertificateBuilder;
using crypto::SigningKey;

constexpr auto kAlgorithm = crypto::SignatureAlgorithm::kEs384;
constexpr std::size_t kDeviceRoot = 0, kIdentity = 1, kProvisioner = 2, kRimRoot = 3, kRimAuthority = 4;
constexpr std::size_t kLinks = 18, kGpuList = 16;

// RFC 5280 §4.1.2.5: no end.
Time Never() { return *FromRfc3339("9999-12-31T23:59:59Z"); }

SigningKey NewKey() { return SigningKey::Generate(kAlgorithm); }

CertificateBuilder Named(const SigningKey& key, const std::string& name, Time from, Time to) {
  CertificateBuilder builder(key.Public());
  builder.AddSubjectAttribute("C", "US")
      .AddSubjectAttribute("O", "SIMULATED NVIDIA Corporation")
      .SubjectCommonName(name)
      .Validity(from, to);
  return builder;
}

std::string ChipOf(NvidiaArchitecture architecture) {
  if (architecture == NvidiaArchitecture::kHopper) return "GH100";
  return architecture == NvidiaArchitecture::kBlackwell ? "GB100" : "LS10";
}

Bytes FwidDer(ByteSpan fwid) {
  return formats::DerSequence({*formats::DerOid("2.16.840.1.101.3.4.2.2"), formats::DerOctetString(fwid)});
}

// The leaf's extension in the form of its line.
void AddFwid(CertificateBuilder& builder, NvidiaArchitecture architecture, const SigningKey& key, ByteSpan fwid) {
  if (architecture == NvidiaArchitecture::kBlackwell) {
    const Bytes fwids = formats::DerConstructed(formats::DerContext(6), {FwidDer(fwid), FwidDer(Bytes(48, 0))});
    builder.Extension("2.23.133.5.4.1.1", formats::DerSequence({fwids}));
    return;
  }
  builder.Extension("2.23.133.5.4.1", formats::DerSequence({formats::DerInteger(1), key.Public().SpkiDer(), FwidDer(fwid)}));
}

// What a chip of that line measures at `index`, with the firmware that the simulator has.
Bytes Measured(NvidiaArchitecture architecture, std::size_t index) {
  return ToBytes(crypto::Sha384(AsBytes("SIMULATED measurement " + ChipOf(architecture) + " " + std::to_string(index))));
}

std::size_t BlocksOf(NvidiaArchitecture architecture) { return IsNvidiaSwitch(architecture) ? 31 : 64; }

bool IsDriverIndex(unsigned index) { return index == 7 || (index >= 21 && index <= 40); }
bool IsVbiosIndex(unsigned index) { return index <= 12 && index != 7; }

NvidiaRim RimOf(NvidiaArchitecture architecture, const std::string& version, bool driver) {
  NvidiaRim rim{.tag_id = ToHex(crypto::Sha256(AsBytes("SIMULATED tag " + version))),
                .product = ChipOf(architecture),
                .version = version,
                .measurements = {}};
  for (unsigned index = 0; index < BlocksOf(architecture); ++index) {
    const bool active = IsNvidiaSwitch(architecture) || (driver ? IsDriverIndex(index) : IsVbiosIndex(index));
    NvidiaRimMeasurement one{active, "SIMULATED_Measurement_" + std::to_string(index), {}};
    if (active) one.alternatives.push_back(Bytes(48, 0xEE));  // of firmware that isn't loaded
    one.alternatives.push_back(active ? Measured(architecture, index) : Bytes(48, 0));
    rim.measurements.emplace(index, std::move(one));
  }
  return rim;
}

Bytes TextField(std::string_view text) {
  Bytes value = ToBytes(text);
  value.push_back(0);
  return value;
}

// "96.00.9F.00.01" as a GPU has it.
Bytes GpuVbios(std::string_view version) {
  std::string digits(version);
  std::erase(digits, '.');
  const Bytes b = *FromHex(digits);
  CHECK(b.size() == 5);
  return {b[3], b[2], b[1], b[0], b[4], 0, 0, 0};
}

Bytes PdiList(std::span<const SimulatedNvidiaDevice> devices, bool switches, std::size_t entries) {
  Bytes list;
  while (list.size() < entries * kNvidiaPdiSize) {
    const std::size_t before = list.size();
    for (const SimulatedNvidiaDevice& device : devices) {
      if (IsNvidiaSwitch(device.architecture) != switches || list.size() == entries * kNvidiaPdiSize) continue;
      list.insert(list.end(), device.pdi.begin(), device.pdi.end());
    }
    // A switch names each GPU once and fills up with "unused"; a GPU has several links to each switch.
    if (!switches || list.size() == before) list.resize(entries * kNvidiaPdiSize, 0xFF);
  }
  return list;
}

}  // namespace

NvidiaReport SimulatedNvidiaDevice::Report(const NvidiaNonce& nonce) const {
  NvidiaReport report;
  report.nonce = nonce;
  for (std::size_t i = 0; i < report.response_nonce.size(); ++i) {
    report.response_nonce[i] = static_cast<std::uint8_t>(~nonce[i]);
  }
  for (std::size_t i = 0; i < BlocksOf(architecture); ++i) report.measurements.push_back({1, Measured(architecture, i)});
  report.opaque = opaque;
  return report;
}

Bytes SimulatedNvidiaDevice::Sign(NvidiaReport report) const {
  const Bytes body = SerializeNvidiaReport(report);
  report.signature = *ToArray<kNvidiaSignatureSize>(leaf_key.Sign(ByteSpan(body).first(body.size() - kNvidiaSignatureSize)));
  return SerializeNvidiaReport(report);
}

NvidiaEvidence SimulatedNvidiaDevice::Evidence(const NvidiaReport& report) const {
  std::string pem;
  for (const Certificate& certificate : chain) pem += certificate.Pem();
  return {architecture, Sign(report), pem, "SIMULATED-" + ToHex(pdi)};
}

NvidiaEvidence SimulatedNvidiaDevice::Evidence(const NvidiaNonce& nonce) const { return Evidence(Report(nonce)); }

Result<void> SimulatedNvidia::AddIssuers() {
  const Time from = options_.not_before;
  const auto add = [&](const std::string& name, Time to, std::optional<std::size_t> issuer) -> Result<void> {
    SigningKey key = NewKey();
    CertificateBuilder builder = Named(key, "SIMULATED NVIDIA " + name, from, to);
    builder.CertificateAuthority(std::nullopt);
    Certificate made = TRY(issuer ? builder.Sign(issuers_[*issuer].certificate, issuers_[*issuer].key) : builder.SelfSign(key));
    issuers_.push_back({std::move(made), std::move(key)});
    return {};
  };
  TRY(add("Device Identity CA", Never(), std::nullopt));
  TRY(add("Identity", Never(), kDeviceRoot));
  TRY(add("Provisioner ICA 1", Never(), kIdentity));
  TRY(add("CoRIM signing Root CA", options_.not_after, std::nullopt));
  TRY(add("Reference Value CA", options_.not_after, kRimRoot));
  return {};
}

Result<SimulatedNvidia> SimulatedNvidia::Make(const SimulatedNvidiaOptions& options) {
  SimulatedNvidia made(options);
  TRY(made.AddIssuers());
  made.rim_key_ = NewKey();
  made.responder_key_ = NewKey();
  const Issuer& authority = made.issuers_[kRimAuthority];
  made.rim_chain_.push_back(TRY(Named(*made.rim_key_, "SIMULATED RIM L4 Signer", options.not_before, options.not_after)
                                    .Sign(authority.certificate, authority.key)));
  made.rim_chain_.push_back(authority.certificate);
  made.rim_chain_.push_back(made.issuers_[kRimRoot].certificate);
  return made;
}

Result<SimulatedNvidiaDevice> SimulatedNvidia::MakeDevice(NvidiaArchitecture architecture, crypto::RandomSource& random) const {
  const std::string chip = ChipOf(architecture);
  const Time from = options_.not_before;
  const Issuer& provisioner = issuers_[kProvisioner];
  SimulatedNvidiaDevice device{architecture, chip, {}, NewKey(), crypto::Sha384(AsBytes("SIMULATED FMC " + chip)), {}, {}};
  device.pdi.resize(kNvidiaPdiSize);
  random.Fill(device.pdi);
  const SigningKey chip_key = NewKey();
  const Certificate own = TRY(Named(chip_key, chip + " SIMULATED A01 BROM", from, Never())
                                  .CertificateAuthority(std::nullopt)
                                  .Sign(provisioner.certificate, provisioner.key));
  CertificateBuilder builder = Named(device.leaf_key, chip + " SIMULATED A01 FMC LF", from, Never());
  AddFwid(builder, architecture, device.leaf_key, device.fwid);
  device.chain.push_back(TRY(builder.Sign(own, chip_key)));
  device.chain.push_back(own);
  for (const std::size_t issuer : {kProvisioner, kIdentity, kDeviceRoot}) device.chain.push_back(issuers_[issuer].certificate);
  if (IsNvidiaSwitch(architecture)) {
    device.opaque.Set(NvidiaField::kVbiosVersion, ToBytes(options_.switch_bios_version));
    device.opaque.Set(NvidiaField::kPdi, Bytes(device.pdi.rbegin(), device.pdi.rend()));
    return device;
  }
  device.opaque.Set(NvidiaField::kVbiosVersion, GpuVbios(options_.vbios_version));
  device.opaque.Set(NvidiaField::kProject, TextField("1010"));
  device.opaque.Set(NvidiaField::kProjectSku, TextField("0200"));
  device.opaque.Set(NvidiaField::kChipSku, TextField("882"));
  device.opaque.Set(NvidiaField::kDriverVersion, TextField(options_.driver_version));
  device.opaque.Set(NvidiaField::kNvdec0Status, Bytes{kNvidiaDisabled});
  device.opaque.Set(NvidiaField::kFwid, ToBytes(device.fwid));
  device.opaque.Set(NvidiaField::kProtectedPcie, Bytes{kNvidiaDisabled});
  return device;
}

Result<std::vector<SimulatedNvidiaDevice>> SimulatedNvidia::MakeSystem(std::size_t gpus, std::size_t switches,
                                                                       crypto::RandomSource& random) const {
  std::vector<SimulatedNvidiaDevice> devices;
  for (std::size_t i = 0; i < gpus; ++i) devices.push_back(TRY(MakeDevice(NvidiaArchitecture::kHopper, random)));
  for (std::size_t i = 0; i < switches; ++i) devices.push_back(TRY(MakeDevice(NvidiaArchitecture::kLs10, random)));
  for (SimulatedNvidiaDevice& device : devices) {
    if (IsNvidiaSwitch(device.architecture)) {
      device.opaque.Set(NvidiaField::kSwitchGpuPdis, PdiList(devices, false, kGpuList));
    } else {
      device.opaque.Set(NvidiaField::kProtectedPcie, Bytes{kNvidiaEnabled});
      device.opaque.Set(NvidiaField::kPdi, PdiList(devices, true, kLinks));
    }
  }
  return devices;
}

NvidiaRim SimulatedNvidia::DriverRim(NvidiaArchitecture architecture) const {
  return RimOf(architecture, options_.driver_version, true);
}

NvidiaRim SimulatedNvidia::VbiosRim(NvidiaArchitecture architecture) const {
  return RimOf(architecture, IsNvidiaSwitch(architecture) ? options_.switch_bios_version : options_.vbios_version, false);
}

std::string SimulatedNvidia::RimText(const NvidiaRim& rim) {
  std::string text =
      "<SoftwareIdentity xmlns=\"http://standards.iso.org/iso/19770/-2/2015/schema.xsd\" "
      "xmlns:ns0=\"http://standards.iso.org/iso/19770/-2/2015/schema.xsd\" "
      "xmlns:ns2=\"http://www.w3.org/2001/04/xmlenc#sha384\" name=\"" + rim.product + "\" tagId=\"" + rim.tag_id +
      "\" version=\"1.0\">\n  <ns0:Entity name=\"SIMULATED NVIDIA Corporation\" role=\"softwareCreator tagCreator\"/>\n"
      "  <ns0:Meta colloquialVersion=\"" + rim.version + "\" product=\"" + rim.product + "\"/>\n  <ns0:Payload>\n";
  for (const auto& [index, measurement] : rim.measurements) {
    text += "    <ns0:Resource type=\"Measurement\" index=\"" + std::to_string(index) + "\" active=\"" +
            (measurement.active ? "True" : "False") + "\" alternatives=\"" +
            std::to_string(measurement.alternatives.size()) + "\"";
    for (std::size_t i = 0; i < measurement.alternatives.size(); ++i) {
      text += " ns2:Hash" + std::to_string(i) + "=\"" + ToHex(measurement.alternatives[i]) + "\"";
    }
    text += " name=\"" + measurement.name + "\" size=\"48\"/>\n";
  }
  return text + "  </ns0:Payload>\n</SoftwareIdentity>";
}

Bytes SimulatedNvidia::SignRimText(const std::string& text) const {
  return ToBytes(*internal::SignXml(text, *rim_key_, rim_chain_));
}

Bytes SimulatedNvidia::SignRim(const NvidiaRim& rim) const { return SignRimText(RimText(rim)); }

const SimulatedNvidia::Issuer& SimulatedNvidia::IssuerOf(const Certificate& certificate) const {
  const auto found = std::find_if(issuers_.begin(), issuers_.end(), [&](const Issuer& issuer) {
    return issuer.certificate.SubjectDer() == certificate.IssuerDer();
  });
  CHECK(found != issuers_.end());
  return *found;
}

crypto::OcspResponse SimulatedNvidia::Answer(const Certificate& certificate, const crypto::OcspAnswer& answer) const {
  const Issuer& issuer = IssuerOf(certificate);
  const Certificate responder =
      *crypto::MakeOcspResponder(responder_key_->Public(), "SIMULATED NVIDIA OCSP Responder", issuer.certificate, issuer.key,
                                 options_.not_before, options_.not_after);
  return *crypto::MakeOcspResponse(certificate, issuer.certificate, responder, *responder_key_, answer);
}

NvidiaCollateral SimulatedNvidia::Collateral(std::span<const SimulatedNvidiaDevice> devices) const {
  NvidiaCollateral collateral;
  std::vector<Certificate> asked(rim_chain_.begin(), rim_chain_.end() - 1);
  std::vector<NvidiaArchitecture> lines;
  for (const SimulatedNvidiaDevice& device : devices) {
    asked.insert(asked.end(), device.chain.begin() + 1, device.chain.end() - 1);
    if (std::find(lines.begin(), lines.end(), device.architecture) == lines.end()) lines.push_back(device.architecture);
  }
  for (const NvidiaArchitecture line : lines) {
    if (!IsNvidiaSwitch(line)) collateral.rims.push_back(SignRim(DriverRim(line)));
    collateral.rims.push_back(SignRim(VbiosRim(line)));
  }
  for (auto one = asked.begin(); one != asked.end(); ++one) {
    if (std::find(asked.begin(), one, *one) != one) continue;  // answered already
    collateral.ocsp.push_back({Answer(*one, Good()).Der(), std::nullopt});
  }
  return collateral;
}

SimulatedAnchors SimulatedNvidia::Anchors() const {
  SimulatedAnchors anchors;
  const auto device = anchors.Add(SimulatedRoot{RootUse::kNvidiaDevice, issuers_[kDeviceRoot].certificate});
  const auto rim = anchors.Add(SimulatedRoot{RootUse::kNvidiaRim, issuers_[kRimRoot].certificate});
  CHECK(device.has_value() && rim.has_value());
  return anchors;
}

TrustAnchors SimulatedNvidia::Trusted() const {
  const crypto::Sha256Digest named[] = {issuers_[kDeviceRoot].certificate.Fingerprint(),
                                        issuers_[kRimRoot].certificate.Fingerprint()};
  return *TrustAnchors::VendorsAndSimulated(Anchors(), named);
}

}  // namespace cloister::evidence
