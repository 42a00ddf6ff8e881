// Asks vendors' services for collateral: AMD's KDS, Intel's PCS (version 4) or a PCCS, NVIDIA's RIM and OCSP services. What
// comes is an Item: unchecked.
#pragma once

#include "collateral/http.h"
#include "collateral/store.h"
#include "formats/der.h"

namespace cloister::collateral {

// Where the services are; a mirror or a cache of one's own may stand in for each.
struct Services {
  std::string amd_kds = "https://kdsintf.amd.com";
  std::string intel_pcs = "https://api.trustedservices.intel.com";
  std::string intel_root_crl = "https://certificates.trustedservices.intel.com/IntelSGXRootCA.der";
  std::string nvidia_rim = "https://rim.attestation.nvidia.com/v1/rim";
  std::string nvidia_ocsp = "https://ocsp.ndis.nvidia.com";
};

// A PCCS at `url` instead of Intel's own services.
Services ServicesWithPccs(std::string_view url);

class Fetcher {
 public:
  // `http` is borrowed.
  Fetcher(Http& http, Services services) : http_(http), services_(std::move(services)) {}

  // Fetches the item of that kind and key. AMD's lists and chip certificates, and Intel's root list, come without their
  // issuers: `store` has to have them (the line's chain; any of Intel's items). Errors: kNotFound (the service has none; no
  // issuers at hand), kUnavailable, kLimit, kMalformed, kUnsupported (a kind that nobody serves: azure-ca, google-ca, and
  // nvidia-ocsp, see FetchOcsp).
  Result<Item> Fetch(Kind kind, std::string_view key, const Store& store);

  // Whether `certificate`, which `issuer` signed, still counts. `nonce` goes into the request; the service may ignore it.
  // `above` are the certificates from `issuer`'s issuer to the root.
  Result<Item> FetchOcsp(const crypto::Certificate& certificate, const crypto::Certificate& issuer,
                         std::span<const crypto::Certificate> above, ByteSpan nonce);

 private:
  Result<HttpAnswer> Get(const std::string& url, Kind kind);
  Result<Item> FetchAmd(Kind kind, std::string_view key, const Store& store);
  Result<Item> FetchIntel(Kind kind, std::string_view key, const Store& store);
  Result<Item> FetchRim(std::string_view id);
  Http& http_;
  Services services_;
};

// An OCSP request (RFC 6960 §4.1) for one certificate: SHA-384 ids, and a nonce (RFC 9654) of 1 to 128 bytes or none.
Result<Bytes> MakeOcspRequest(const crypto::Certificate& certificate, const crypto::Certificate& issuer, ByteSpan nonce);

}  // namespace cloister::collateral
