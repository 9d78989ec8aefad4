/// XML and SOAP of strangers.
#include "onvif/xml.h"

#include "onvif/soap.h"
#include "porchlight/error.h"
#include "support/catch.h"

namespace xml_test {

using namespace porchlight;
using namespace porchlight::onvif;

namespace {

std::string repeated(const std::string& text, std::size_t times) {
    std::string out;
    for (std::size_t i = 0; i < times; ++i) out += text;
    return out;
}

/// Why it was refused; empty: it was read.
std::string refusalOf(const std::string& text) {
    try {
        parseXml(text);
        return {};
    } catch (const Error& error) {
        REQUIRE(error.kind() == ErrorKind::BadData);
        return error.what();
    }
}

}  // namespace

TEST_CASE("XML is found by its names, whatever their prefixes") {
    const Node root = parseXml(
        "\xef\xbb\xbf \r\n<?xml version=\"1.0\"?><a:R xmlns:a='u'><B x:k='1' k2=\"&lt;\"> t&amp;<!-- c -->u "
        "<b:C>1</b:C>"
        "<C>2</C></B><undeclared:D><![CDATA[<raw>]]></undeclared:D></a:R>");
    CHECK(root.name == "R");
    CHECK(root.textAt("B") == "t&u");
    CHECK(root.textAt("B/C") == "1");
    CHECK(root.find("B")->children.size() == 2);
    CHECK(root.find("B")->attribute("k") == "1");
    CHECK(root.find("B")->attribute("k2") == "<");
    CHECK(root.textAt("D") == "<raw>");
    CHECK(root.textAt("B/nothing/C").empty());
    CHECK(root.find("nothing") == nullptr);
}

TEST_CASE("XML beyond its bounds, or with entities of its own, is refused") {
    CHECK(refusalOf(repeated("<a>", kMaxXmlDepth) + repeated("</a>", kMaxXmlDepth)).empty());
    CHECK(
        refusalOf(repeated("<a>", kMaxXmlDepth + 1) + repeated("</a>", kMaxXmlDepth + 1)).find("too deep") !=
        std::string::npos);
    CHECK(refusalOf("<a>" + repeated("<b/>", kMaxXmlNodes - 1) + "</a>").empty());
    CHECK(refusalOf("<a>" + repeated("<b/>", kMaxXmlNodes) + "</a>").find("too long") != std::string::npos);
    CHECK(refusalOf("<a>" + std::string(kMaxXmlBytes, 'x') + "</a>").find("1 MiB") != std::string::npos);
    for (const char* type :
         {"<!DOCTYPE a>", "<!DOCTYPE a [<!ENTITY b \"c\">]>", "<!DOCTYPE a SYSTEM \"file:///etc/passwd\">"})
        CHECK(refusalOf(std::string(type) + "<a>x</a>").find("document type") != std::string::npos);
    for (const char* text : {"", "hello", "<a>", "<a></b>", "<a/><b/>", "<a>&b;</a>", "\xff\xfe<"})
        CHECK_FALSE(refusalOf(text).empty());
}

TEST_CASE("text in XML stays text") {
    const std::string odd =
        "a<b>&\"'\x01\n"
        "c";
    CHECK(parseXml("<r k=\"" + xmlText(odd) + "\">" + xmlText(odd) + "</r>").text == "a<b>&\"'c");
    CHECK(parseXml("<r k=\"" + xmlText(odd) + "\"/>").attribute("k") == "a<b>&\"'c");
}

TEST_CASE("a password digest is that of the ONVIF programmer's guide") {
    const std::string nonce = "\x2c\xaa\x88\xe8\x6f\xc0\x8a\x42\x82\x42\xb3\x74\xce\xa6\x45\x96";
    const WallTime time = std::chrono::sys_days(std::chrono::year(2010) / 9 / 16) + std::chrono::hours(7) +
                          std::chrono::minutes(50) + seconds(45);
    const std::string token = usernameToken({"us<er", "userpassword"}, nonce, time);
    CHECK(token.find(">tuOSpGlFlIXsozq4HFNeeGeFLEI=<") != std::string::npos);
    CHECK(token.find(">LKqI6G/AikKCQrN0zqZFlg==<") != std::string::npos);
    CHECK(token.find(">2010-09-16T07:50:45Z<") != std::string::npos);
    CHECK(token.find(">us&lt;er<") != std::string::npos);
    CHECK(token.find("userpassword") == std::string::npos);
}

TEST_CASE("faults of SOAP 1.1 and 1.2 are told by code and reason") {
    const struct {
        const char* body;
        const char* code;
        const char* reason;
    } rows[] = {
        {"<S:Fault><S:Code><S:Value>S:Sender</S:Value><S:Subcode><S:Value>ter:InvalidArgVal</"
         "S:Value><S:Subcode>"
         "<S:Value>ter:NoProfile</S:Value></S:Subcode></S:Subcode></S:Code><S:Reason><S:Text>none</S:Text></"
         "S:Reason>"
         "</S:Fault>",
         "NoProfile", "none"},
        {"<S:Fault><faultcode>S:Client</faultcode><faultstring>no</faultstring></S:Fault>", "Client", "no"},
        {"<Fault><Code><Value>Receiver</Value></Code></Fault>", "Receiver", ""},
        {"<Fault/>", "", ""},
    };
    for (const auto& row : rows) {
        const SoapAnswer answer =
            readSoap("<S:Envelope><S:Body>" + std::string(row.body) + "</S:Body></S:Envelope>");
        REQUIRE(answer.fault);
        CHECK(answer.fault->code == row.code);
        CHECK(answer.fault->reason == row.reason);
        CHECK_FALSE(answer.fault->text().empty());
    }
    CHECK(readSoap("<Envelope><Header/><Body><x:AResponse/></Body></Envelope>").content.name == "AResponse");
    CHECK_THROWS_AS(readSoap("<html><body/></html>"), Error);
    CHECK_THROWS_AS(readSoap("<Envelope><Body></Body></Envelope>"), Error);
}

TEST_CASE("a locked account is told from clocks and from what is unlocked") {
    for (const char* text :
         {"The account is locked", "user Blocked for 30 min", "<lockStatus>lock</lockStatus>"})
        CHECK(saysLocked(text));
    for (const char* text :
         {"clock", "The camera's clocked time", "unlocked", "unblocked", "not authorized", ""})
        CHECK_FALSE(saysLocked(text));
}

}  // namespace xml_test
