#include "net/internal/tls.h"

#include <arpa/inet.h>
#include <openssl/err.h>
#include <openssl/pem.h>
#include <openssl/ssl.h>
#include <openssl/x509v3.h>

#include "crypto/hash.h"
#include "crypto/mac.h"

namespace cloister::net::internal {
namespace {

template <auto kFree>
struct Free {
  template <class T>
  void operator()(T* object) const {
    kFree(object);
  }
};
using Bio = std::unique_ptr<BIO, Free<BIO_free_all>>;
using Certificate = std::unique_ptr<X509, Free<X509_free>>;
using Key = std::unique_ptr<EVP_PKEY, Free<EVP_PKEY_free>>;

constexpr unsigned char kAlpn[] = {8, 'h', 't', 't', 'p', '/', '1', '.', '1'};

Bio Borrow(ByteSpan bytes) { return Bio(BIO_new_mem_buf(bytes.data(), static_cast<int>(bytes.size()))); }

// Instead of OpenSSL's default, which asks at the terminal.
int NoPassphrase(char*, int, int, void*) { return -1; }

Result<std::vector<Certificate>> ReadCertificates(std::string_view pem) {
  const Bio bio = Borrow(AsBytes(pem));
  std::vector<Certificate> certificates;
  while (X509* one = PEM_read_bio_X509(bio.get(), nullptr, NoPassphrase, nullptr)) certificates.emplace_back(one);
  const bool at_end = ERR_GET_REASON(ERR_peek_last_error()) == PEM_R_NO_START_LINE;
  ERR_clear_error();
  if (!at_end || certificates.empty()) return Error(ErrorCode::kMalformed, "expected PEM certificates");
  return certificates;
}

template <class Object, class Encode>
Bytes ToDer(Object* object, const Encode& encode) {
  unsigned char* raw = nullptr;
  const int size = encode(object, &raw);
  if (size <= 0) return {};
  Bytes der(raw, raw + size);
  OPENSSL_free(raw);
  return der;
}

Error Failure(std::string_view what) {
  return Error(ErrorCode::kInternal, "OpenSSL: " + std::string(what) + ": " + TakeTlsError());
}

Result<TlsContext> MakeContext(const SSL_METHOD* method, OldestTls oldest) {
  TlsContext context(SSL_CTX_new(method));
  if (!context) return Failure("SSL_CTX_new");
  SSL_CTX* raw = context.get();
  const int version = oldest == OldestTls::k12 ? TLS1_2_VERSION : TLS1_3_VERSION;
  SSL_CTX_set_options(raw, SSL_OP_NO_TICKET | SSL_OP_NO_RENEGOTIATION | SSL_OP_NO_COMPRESSION);
  SSL_CTX_set_session_cache_mode(raw, SSL_SESS_CACHE_OFF);
  const bool set = SSL_CTX_set_min_proto_version(raw, version) == 1 && SSL_CTX_set_num_tickets(raw, 0) == 1 &&
                   SSL_CTX_set_cipher_list(raw, "ECDHE+AESGCM:ECDHE+CHACHA20") == 1;
  if (!set) return Failure("configure");
  return context;
}

int SelectAlpn(SSL*, const unsigned char** out, unsigned char* out_size, const unsigned char* in, unsigned in_size,
               void*) {
  unsigned char* selected = nullptr;
  const int found = SSL_select_next_proto(&selected, out_size, kAlpn, sizeof(kAlpn), in, in_size);
  *out = selected;
  return found == OPENSSL_NPN_NEGOTIATED ? SSL_TLSEXT_ERR_OK : SSL_TLSEXT_ERR_ALERT_FATAL;
}

int JudgeCertificate(X509_STORE_CTX* store, void* judge) {
  X509* leaf = X509_STORE_CTX_get0_cert(store);
  const Bytes der = ToDer(leaf, i2d_X509);
  const Bytes spki = ToDer(X509_get_X509_PUBKEY(leaf), i2d_X509_PUBKEY);
  const bool good = !der.empty() && !spki.empty() && static_cast<ServerJudge*>(judge)->Judge(der, spki);
  if (!good) X509_STORE_CTX_set_error(store, X509_V_ERR_APPLICATION_VERIFICATION);
  return good ? 1 : 0;
}

// A certificate that was given is trusted as such, root or not.
Result<void> UseAuthorities(SSL_CTX* context, const TrustAuthorities& authorities) {
  if (authorities.clock == nullptr) return Error(ErrorCode::kUsage, "TrustAuthorities needs a clock");
  const auto certificates = TRY_WITH("trusted certificates", ReadCertificates(authorities.certificates_pem));
  X509_STORE* store = SSL_CTX_get_cert_store(context);
  for (const Certificate& one : certificates) {
    if (X509_STORE_add_cert(store, one.get()) != 1) return Failure("trusted certificate");
  }
  X509_VERIFY_PARAM* parameters = SSL_CTX_get0_param(context);
  X509_VERIFY_PARAM_set_flags(parameters, X509_V_FLAG_PARTIAL_CHAIN);
  X509_VERIFY_PARAM_set_time(parameters, ToUnixSeconds(authorities.clock->Now()));
  X509_VERIFY_PARAM_set_hostflags(parameters,
                                  X509_CHECK_FLAG_NO_PARTIAL_WILDCARDS | X509_CHECK_FLAG_NEVER_CHECK_SUBJECT);
  return {};
}

bool IsAddress(const std::string& host) {
  unsigned char buffer[16];
  return ::inet_pton(AF_INET, host.c_str(), buffer) == 1 || ::inet_pton(AF_INET6, host.c_str(), buffer) == 1;
}

}  // namespace

void FreeContext::operator()(ssl_ctx_st* context) const { SSL_CTX_free(context); }

std::string TakeTlsError() {
  const unsigned long code = ERR_get_error();
  ERR_clear_error();
  const char* reason = ERR_reason_error_string(code);
  return reason != nullptr ? reason : "no reason given";
}

Result<TlsContext> MakeServerContext(const ServerIdentity& identity, OldestTls oldest) {
  const auto chain = TRY_WITH("server certificate", ReadCertificates(identity.certificate_chain_pem));
  const Bio bio = Borrow(identity.private_key_pem.ExposeSecret());
  const Key key(PEM_read_bio_PrivateKey(bio.get(), nullptr, NoPassphrase, nullptr));
  ERR_clear_error();
  if (!key) return Error(ErrorCode::kMalformed, "server key: expected an unencrypted PEM private key");
  if (X509_check_private_key(chain[0].get(), key.get()) != 1) {
    ERR_clear_error();
    return Error(ErrorCode::kMismatch, "server key: not the key of the first certificate");
  }
  TlsContext context = TRY(MakeContext(TLS_server_method(), oldest));
  if (SSL_CTX_use_certificate(context.get(), chain[0].get()) != 1) return Failure("server certificate");
  if (SSL_CTX_use_PrivateKey(context.get(), key.get()) != 1) return Failure("server key");
  for (std::size_t i = 1; i < chain.size(); ++i) {
    if (SSL_CTX_add1_chain_cert(context.get(), chain[i].get()) != 1) return Failure("certificate chain");
  }
  SSL_CTX_set_alpn_select_cb(context.get(), SelectAlpn, nullptr);
  return context;
}

Result<std::unique_ptr<ServerJudge>> ServerJudge::Create(const Trust& trust, OldestTls oldest) {
  std::unique_ptr<ServerJudge> judge(new ServerJudge(trust));
  judge->context_ = TRY(MakeContext(TLS_client_method(), oldest));
  SSL_CTX* context = judge->context_.get();
  SSL_CTX_set_verify(context, SSL_VERIFY_PEER, nullptr);
  if (SSL_CTX_set_alpn_protos(context, kAlpn, sizeof(kAlpn)) != 0) return Failure("ALPN");
  if (const auto* authorities = std::get_if<TrustAuthorities>(&judge->trust_)) {
    TRY(UseAuthorities(context, *authorities));
  } else {
    SSL_CTX_set_cert_verify_callback(context, JudgeCertificate, judge.get());
  }
  return judge;
}

Result<void> ServerJudge::Expect(ssl_st* connection, const std::string& host) const {
  X509_VERIFY_PARAM* parameters = SSL_get0_param(connection);
  const bool address = IsAddress(host);
  if (!address && SSL_set_tlsext_host_name(connection, host.c_str()) != 1) return Failure("server name");
  const int set = address ? X509_VERIFY_PARAM_set1_ip_asc(parameters, host.c_str())
                          : X509_VERIFY_PARAM_set1_host(parameters, host.data(), host.size());
  if (set != 1) return Failure("expected name");
  return {};
}

bool ServerJudge::Judge(ByteSpan certificate, ByteSpan spki) {
  refusal_.reset();
  if (const auto* key = std::get_if<TrustKey>(&trust_)) {
    if (crypto::Sha256(spki) == key->spki_sha256) return true;
    refusal_ = Error(ErrorCode::kUntrusted, "server key is not the pinned one");
  } else if (const auto* check = std::get_if<TrustCheck>(&trust_)) {
    const auto checked =
        check->check ? check->check(certificate) : Error(ErrorCode::kUsage, "TrustCheck without a check");
    if (checked) return true;
    refusal_ = checked.error();
  } else {
    refusal_ = Error(ErrorCode::kUsage, "plain HTTP was asked for");
  }
  return false;
}

std::optional<Error> ServerJudge::Refusal(ssl_st* connection) const {
  if (refusal_) return refusal_->With("server certificate");
  const long result = SSL_get_verify_result(connection);
  if (result == X509_V_OK) return std::nullopt;
  return Error(ErrorCode::kUntrusted, std::string("server certificate: ") + X509_verify_cert_error_string(result));
}

Result<void> Describe(ssl_st* connection, const std::string& label, ConnectionInfo& info) {
  info.tls = true;
  info.tls_version = SSL_get_version(connection);
  if (const X509* peer = SSL_get0_peer_certificate(connection)) info.peer_certificate = ToDer(peer, i2d_X509);
  if (label.empty()) return {};
  if (SSL_version(connection) < TLS1_3_VERSION && SSL_get_extms_support(connection) != 1) {
    return Error(ErrorCode::kUnsupported, "TLS 1.2 without the extended master secret has no binding exporter");
  }
  info.exporter.resize(32);
  // With an empty context rather than none: in TLS 1.2 they differ (RFC 5705 §4).
  if (SSL_export_keying_material(connection, info.exporter.data(), info.exporter.size(), label.data(), label.size(),
                                 reinterpret_cast<const unsigned char*>(""), 0, 1) != 1) {
    return Failure("exporter");
  }
  return {};
}

}  // namespace cloister::net::internal
