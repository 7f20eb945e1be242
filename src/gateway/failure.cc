#include "gateway/failure.h"

#include "base/log.h"
#include "wire/call.h"

namespace sagebrush::gateway {

Error ToldOf(const std::exception_ptr& failure, const std::string& request_id, std::string_view what) {
  try {
    std::rethrow_exception(failure);
  } catch (const Error& error) {
    if (error.kind().code != kInternalFailure.code) return error;
    LogError("Request {} ({}) failed: {}", request_id, what, error.what());
  } catch (const std::exception& exception) {
    LogError("Request {} ({}) failed with an unexpected exception: {}", request_id, what, exception.what());
  } catch (...) {
    LogError("Request {} ({}) failed with an exception of unknown type.", request_id, what);
  }
  return Error(kInternalFailure,
               "An internal error occurred. The server's log tells more under request id " + request_id + ".");
}

std::string AuthorizationMessageOf(const std::exception_ptr& failure) {
  try {
    std::rethrow_exception(failure);
  } catch (const wire::DeniedError& denied) {
    return denied.encoded_decision();
  } catch (...) {
    return {};
  }
}

}  // namespace sagebrush::gateway
