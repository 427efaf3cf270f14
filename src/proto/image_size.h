/* Width and height of an image, read from its header. */
#ifndef PROTO_IMAGE_SIZE_H
#define PROTO_IMAGE_SIZE_H

#include "base/str.h"

/* chars: base64 as JSON string contents.  False when they are not found (PNG,
 * JPEG, GIF and WebP are known). */
bool image_size(struct str chars, uint32_t *width, uint32_t *height);

#endif
