#pragma once

#include <exception>
#include <string>
#include <string_view>

#include "base/error.h"

namespace sagebrush::gateway {

// What a client is told of what ended its request. The text of a fault of our own is the operator's, for it may name
// files of the server: that goes to the log, and the client gets the id under which it is found there. `what`: what the
// request asked for.
Error ToldOf(const std::exception_ptr& failure, const std::string& request_id, std::string_view what);

// The header of a refusal that holds what sts:DecodeAuthorizationMessage opens. AWS has it in the message of some
// services; a header leaves every message as AWS words it.
inline constexpr const char* kAuthorizationMessageHeader = "x-sagebrush-authorization-message";
// Its value; empty: the request failed for something else than a denial.
std::string AuthorizationMessageOf(const std::exception_ptr& failure);

}  // namespace sagebrush::gateway
