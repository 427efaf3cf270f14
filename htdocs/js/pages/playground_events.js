/* Server-sent events out of a stream of bytes, cut anywhere. */

const FRAME_MAX = 16 * 1024 * 1024;

function parse(frame) {
	const out = { name: '', text: '' };

	for (const line of frame.split(/\r\n|\n|\r/)) {
		const [, field, value] = /^([^:]*):? ?(.*)$/s.exec(line) ?? [];

		if (field === 'event')
			out.name = value;
		else if (field === 'data')
			out.text += (out.text && '\n') + value;
	}
	return out.name || out.text ? out : null;
}

/** Each event as {name, text}; comments are left out. */
export async function* events(stream) {
	const reader = stream.pipeThrough(new TextDecoderStream()).getReader();
	let rest = '';

	try {
		for (;;) {
			const { value, done } = await reader.read();

			if (done)
				break;
			const frames = (rest + value).split(/\r\n\r\n|\n\n/);

			rest = frames.pop();
			if (rest.length > FRAME_MAX)
				throw new RangeError('an event has no end');
			for (const frame of frames) {
				const event = parse(frame);

				if (event)
					yield event;
			}
		}
	} finally {
		reader.cancel().catch(() => {});
	}
}
