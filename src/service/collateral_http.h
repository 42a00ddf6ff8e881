// collateral::Http over src/net: one connection for each request, without redirects.
#pragma once

#include "base/time.h"
#include "collateral/patient_http.h"

namespace cloister::service {

class CollateralHttp final : public collateral::Http {
 public:
  // `roots_pem` are whom https:// servers are trusted by; `clock`, borrowed, says the time for that. http:// reaches this
  // machine alone.
  CollateralHttp(std::string roots_pem, const Clock& clock) : roots_pem_(std::move(roots_pem)), clock_(clock) {}
  Result<collateral::HttpAnswer> Send(const collateral::HttpRequest& request) override;

 private:
  std::string roots_pem_;
  const Clock& clock_;
};

// Real time.
class SteadyPace final : public collateral::Pace {
 public:
  std::chrono::milliseconds Now() const override;
  void Wait(std::chrono::milliseconds duration) override;
};

}  // namespace cloister::service
