#include "gateway/proxy_rules.h"

#include <gtest/gtest.h>

#include "base/error.h"

namespace sagebrush::gateway {
namespace {

boost::asio::ip::address Address(const std::string& text) { return boost::asio::ip::make_address(text); }

TEST(ProxyRules, TellPublicAddressesFromOthers) {
  for (const std::string text :
       {"1.1.1.1",         "8.8.8.8",     "9.255.255.255", "11.0.0.0",    "100.63.255.255", "100.128.0.0",
        "126.255.255.255", "128.0.0.1",   "169.253.0.1",   "169.255.0.1", "172.15.255.255", "172.32.0.0",
        "192.167.0.1",     "192.169.0.1", "198.17.0.1",    "198.20.0.1",  "203.0.113.80",   "223.255.255.255",
        "2606:4700::1111", "2a00::1",     "2001:200::1",   "2003::1",     "::ffff:8.8.8.8", "64:ff9b::8.8.8.8"}) {
    EXPECT_TRUE(IsPublicAddress(Address(text))) << text;
  }
  for (const std::string text : {"0.0.0.0",         "0.1.2.3",   "10.0.0.0",    "10.255.255.255",  "100.64.0.0",
                                 "100.127.255.255", "127.0.0.1", "127.1.2.3",   "169.254.169.254", "172.16.0.1",
                                 "172.31.255.255",  "192.0.0.1", "192.168.0.1", "192.168.255.255", "198.18.0.1",
                                 "198.19.255.255",  "224.0.0.1", "239.1.1.1",   "240.0.0.1",       "255.255.255.255"}) {
    EXPECT_FALSE(IsPublicAddress(Address(text))) << text;
    EXPECT_FALSE(IsPublicAddress(Address("::ffff:" + text))) << text << " mapped";
    EXPECT_FALSE(IsPublicAddress(Address("64:ff9b::" + text))) << text << " by NAT64";
    EXPECT_FALSE(IsPublicAddress(Address("::" + text))) << text << " compatible";
  }
  for (const std::string text :
       {"::", "::1", "fe80::1", "fe80::1%1", "febf::1", "fc00::1", "fd12:3456::1", "fec0::1", "ff02::1", "100::1",
        "2001::1", "2001:1ff::1", "2002:7f00:1::1", "2002:808:808::1", "64:ff9b:1::1", "4000::1", "::8.8.8.8"}) {
    EXPECT_FALSE(IsPublicAddress(Address(text))) << text;
  }
}

TEST(ProxyRules, LeaveOutTheMachineItselfByEachOfItsAddresses) {
  const std::vector<boost::asio::ip::address> own{Address("203.0.113.7"), Address("2606:4700::7")};
  for (const std::string text : {"203.0.113.7", "::ffff:203.0.113.7", "64:ff9b::203.0.113.7", "2606:4700::7",
                                 "127.0.0.1", "0.0.0.0", "::", "::1"}) {
    EXPECT_EQ(WhyNotTo(Address(text), own), "it is this machine") << text;
  }
  EXPECT_EQ(WhyNotTo(Address("10.1.2.3"), own), "it is no public address");
  EXPECT_EQ(WhyNotTo(Address("203.0.113.8"), own), "");
}

TEST(ProxyRules, KnowTheAddressesOfTheMachine) {
  const auto own = OwnAddresses();
  EXPECT_NE(std::find(own.begin(), own.end(), Address("127.0.0.1")), own.end());
}

TEST(ProxyClients, AreTheMachinesOwnProgramsAndWhomTheOperatorAllows) {
  const std::vector<boost::asio::ip::address> own{Address("203.0.113.7")};
  const ProxyClients nobody_else({});
  const ProxyClients some({"10.1.0.0/16", "2001:db8::/32"});
  const ProxyClients with_jobs({"jobs"});
  struct Case {
    std::string peer;
    bool nobody_else;
    bool some;
    bool with_jobs;
  };
  for (const Case& c : {Case{"127.0.0.1", true, true, true}, Case{"::1", true, true, true},
                        Case{"203.0.113.7", true, true, true}, Case{"127.0.0.2", false, false, true},
                        Case{"::ffff:127.0.0.2", false, false, true}, Case{"10.1.2.3", false, true, false},
                        Case{"::ffff:10.1.2.3", false, true, false}, Case{"10.2.0.1", false, false, false},
                        Case{"2001:db8::1", false, true, false}, Case{"2001:db9::1", false, false, false}}) {
    EXPECT_EQ(nobody_else.Serve(Address(c.peer), own), c.nobody_else) << c.peer;
    EXPECT_EQ(some.Serve(Address(c.peer), own), c.some) << c.peer;
    EXPECT_EQ(with_jobs.Serve(Address(c.peer), own), c.with_jobs) << c.peer;
  }
}

TEST(ProxyClients, SayWhatTheyDoNotUnderstand) {
  for (const std::string text : {"", "everyone", "10.0.0.0", "10.0.0.0/40", "10.0.0/8"}) {
    EXPECT_THROW(ProxyClients({text}), Error) << text;
  }
}

}  // namespace
}  // namespace sagebrush::gateway
