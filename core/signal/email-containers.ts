/** How mail programs mark the parts of a page: Gmail, Outlook (new, for the web, of Windows, of a phone), Apple Mail, Thunderbird, Proton Mail. */
const SIGNATURES = /^(?:gmail_signature|gmail_signature_prefix|moz-signature|protonmail_signature_block|tutanota_signature|applemailsignature|apple-mail-signature|ms-outlook-mobile-signature|ms-outlook-ios-signature|signature|mail-editor-reference-message-container-signature)$/i;
const HISTORIES = /^(?:(?:x_)*divrplyfwdmsg|(?:x_)*appendonsend|olk_src_body_section|mail-editor-reference-message-container|yahoo_quoted|(?:x_)*ms-outlook-mobile-reference-message)$/i;
/** Outlook of Windows draws a line above the header of the mail that is answered. */
const OUTLOOK_LINE = /border:\s*none;\s*border-top:\s*solid\s+#?[0-9a-z]+\s+1\.0pt/i;

type Attributes = Readonly<Record<string, string>>;

function names({ id = '', class: classes = '' }: Attributes): string[] {
	return [id, ...classes.split(' ')];
}

export function isSignature(attributes: Attributes): boolean {
	return names(attributes).some((name) => SIGNATURES.test(name));
}

/** Whether what was written before begins with this element. */
export function startsHistory(attributes: Attributes): boolean {
	return names(attributes).some((name) => HISTORIES.test(name)) || OUTLOOK_LINE.test((attributes.style ?? '').slice(0, 500));
}
