/*
 * phone.cpp
 *		libphonenumber's answers about one number.
 *
 * The answers are the library's own, asked for in the order that costs least.
 * Memory is C++'s, not the server's.
 */
#include <cstddef>
#include <cstring>
#include <new>
#include <string>

#include <phonenumbers/logger.h>
#include <phonenumbers/phonenumber.pb.h>
#include <phonenumbers/phonenumberutil.h>

extern "C"
{
#include "phone.h"
}

using i18n::phonenumbers::NullLogger;
using i18n::phonenumbers::PhoneNumber;
using i18n::phonenumbers::PhoneNumberUtil;

static const char *const unknown_region = "ZZ";
static const char *const nowhere = ";phone-context=x";

static PhoneNumberUtil *start();
static std::string simplify(const char *number, size_t size);
static const char *type_name(PhoneNumberUtil::PhoneNumberType type);
static KobraPhoneStatus look_up(const std::string &text, const std::string *region, KobraPhone *phone);

KobraPhoneStatus
kobra_phone_look_up(const char *number, size_t number_size, const char *region, size_t region_size,
					KobraPhone *phone) noexcept
{
	try
	{
		const std::string text = simplify(number, number_size);

		if (region == nullptr)
			return look_up(text, nullptr, phone);

		const std::string home(region, region_size);

		return look_up(text, &home, phone);
	}
	catch (const std::bad_alloc &)
	{
		return KOBRA_PHONE_NO_MEMORY;
	}
	catch (...)
	{
		return KOBRA_PHONE_FAILED;
	}
}

static KobraPhoneStatus
look_up(const std::string &text, const std::string *region, KobraPhone *phone)
{
	static PhoneNumberUtil *const util = start();
	PhoneNumber number;
	PhoneNumberUtil::PhoneNumberType type;
	std::string e164;
	std::string own;

	if (region != nullptr && util->GetCountryCodeForRegion(*region) == 0)
		return KOBRA_PHONE_UNKNOWN_REGION;
	if (util->Parse(text, region != nullptr ? *region : unknown_region, &number) != PhoneNumberUtil::NO_PARSING_ERROR)
		return KOBRA_PHONE_NOT_A_NUMBER;

	/* A number is valid when it has a type in the region it belongs to. */
	type = util->GetNumberType(number);
	util->GetRegionCodeForNumber(number, &own);
	util->Format(number, PhoneNumberUtil::E164, &e164);
	if (own == unknown_region)
		own.clear();
	if (own.size() >= sizeof(phone->region) || e164.size() >= sizeof(phone->e164))
		return KOBRA_PHONE_FAILED;

	phone->possible = util->IsPossibleNumber(number);
	phone->valid = type != PhoneNumberUtil::UNKNOWN;
	phone->valid_for_region = region != nullptr &&
		(own == *region ? phone->valid : util->IsValidNumberForRegion(number, *region));
	phone->type = type_name(type);
	strcpy(phone->e164, e164.c_str());
	strcpy(phone->region, own.c_str());
	return KOBRA_PHONE_NUMBER;
}

/* The library, its metadata loaded, silent. */
static PhoneNumberUtil *
start()
{
	PhoneNumberUtil *util = PhoneNumberUtil::GetInstance();

	util->SetLogger(new NullLogger());
	return util;
}

/*
 * Spell a number that has nothing unusual in it the way the library reads fastest:
 * without separators, which it ignores too, after matching them with patterns; and
 * with a phone-context (RFC 3966), which says that all before it is the number, so
 * that it does not search the text for one.  A context that is a name and no
 * prefix has no other meaning to it.  Anything else, an extension or a letter, it
 * is given as it is; so are fewer than three digits, where separators matter.
 */
static std::string
simplify(const char *number, size_t size)
{
	char		plain[KOBRA_PHONE_MAX];
	size_t		used = 0;
	size_t		digits = 0;

	if (size > sizeof(plain))
		return std::string(number, size);
	for (size_t i = 0; i < size; i++)
	{
		const char	c = number[i];

		if (c >= '0' && c <= '9')
			digits++;
		else if (c == ' ' || c == '-' || c == '.' || c == '(' || c == ')')
			continue;
		else if (c != '+' || used > 0)
			return std::string(number, size);
		plain[used++] = c;
	}
	return digits >= 3 ? std::string(plain, used) + nowhere : std::string(number, size);
}

static const char *
type_name(PhoneNumberUtil::PhoneNumberType type)
{
	switch (type)
	{
		case PhoneNumberUtil::FIXED_LINE:
			return "FIXED_LINE";
		case PhoneNumberUtil::MOBILE:
			return "MOBILE";
		case PhoneNumberUtil::FIXED_LINE_OR_MOBILE:
			return "FIXED_LINE_OR_MOBILE";
		case PhoneNumberUtil::TOLL_FREE:
			return "TOLL_FREE";
		case PhoneNumberUtil::PREMIUM_RATE:
			return "PREMIUM_RATE";
		case PhoneNumberUtil::SHARED_COST:
			return "SHARED_COST";
		case PhoneNumberUtil::VOIP:
			return "VOIP";
		case PhoneNumberUtil::PERSONAL_NUMBER:
			return "PERSONAL_NUMBER";
		case PhoneNumberUtil::PAGER:
			return "PAGER";
		case PhoneNumberUtil::UAN:
			return "UAN";
		case PhoneNumberUtil::VOICEMAIL:
			return "VOICEMAIL";
		case PhoneNumberUtil::UNKNOWN:
			break;
	}
	return "UNKNOWN";
}
