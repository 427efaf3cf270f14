#include "base/utf16.h"

int utf16_hex4(const unsigned char *p, const unsigned char *end)
{
	int v = 0;

	if (end - p < 4)
		return -1;
	for (int i = 0; i < 4; i++) {
		unsigned char c = p[i];
		int digit;

		if (c >= '0' && c <= '9')
			digit = c - '0';
		else if ((c | 32) >= 'a' && (c | 32) <= 'f')
			digit = (c | 32) - 'a' + 10;
		else
			return -1;
		v = v << 4 | digit;
	}
	return v;
}

bool utf16_is_high(int v)
{
	return v >= 0xd800 && v <= 0xdbff;
}

bool utf16_is_low(int v)
{
	return v >= 0xdc00 && v <= 0xdfff;
}
