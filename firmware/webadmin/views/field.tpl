% from firmware.settings.formats import TEXT_WORDS
% PLAIN_TEXT = _(TEXT_WORDS)
% kind = field.kind.name
% ids = [field.id + "-help"] * bool(field.help or field.words) + [field.id + "-error"] * bool(field.error)
% aria = (' aria-describedby="%s"' % " ".join(ids) if ids else "") + (' aria-invalid="true"' if field.error else "")
<div class="field k-{{kind.lower()}}{{" wrong" if field.error else ""}}">
% if kind == "SWITCH":
<label class="check"><input type="checkbox" id="{{field.id}}" name="{{field.name}}" value="on"{{!" checked" if field.value else ""}}{{!aria}}> <span>{{field.label}}</span></label>
% elif kind == "LIST" and field.choices:
<p class="label" id="{{field.id}}">{{field.label}}</p>
<ol class="order">
%   for index in range(min(int(field.maximum or 1), len(field.choices))):
%     present = field.values[index] if index < len(field.values) else ""
<li><select name="{{field.name}}/{{index}}" aria-label="{{_("{}, place {}").format(field.label, index + 1)}}"{{!aria}}><option value="">–</option>
%     for value, words in field.choices:
<option value="{{value}}"{{!" selected" if value == present else ""}}>{{words}}</option>
%     end
</select></li>
%   end
</ol>
% else:
<label for="{{field.id}}">{{field.label}}
%   if field.is_required:
<span class="need">{{_("needed")}}</span>
%   end
</label>
%   if kind == "CHOICE":
<select id="{{field.id}}" name="{{field.name}}"{{!aria}}>
%     for value, words in field.choices:
<option value="{{value}}"{{!" selected" if value == field.value else ""}}>{{words}}</option>
%     end
</select>
%   elif kind in ("LIST", "TABLE"):
<textarea id="{{field.id}}" name="{{field.name}}" rows="{{max(2, len(field.values) + 1)}}" spellcheck="false"{{!aria}}>{{"\n".join(field.values)}}</textarea>
%   elif kind == "SECRET":
<input id="{{field.id}}" name="{{field.name}}" type="password" autocomplete="new-password" maxlength="{{int(field.maximum or 256)}}" placeholder="{{_("set; leave empty to keep it") if field.is_set else ""}}"{{!aria}}>
%     if field.is_set:
<label class="check small"><input type="checkbox" name="{{field.name}}:none" value="on"> <span>{{_("Forget it")}}</span></label>
%     end
%   else:
%     mode = ' inputmode="numeric"' if kind == "WHOLE" else ' inputmode="decimal"' if kind == "NUMBER" else ""
<input id="{{field.id}}" name="{{field.name}}" value="{{field.value}}" autocomplete="off" spellcheck="false"{{!mode}}{{!' maxlength="%d"' % field.maximum if kind == "TEXT" and field.maximum else ""}}{{!" required" if field.is_required else ""}}{{!aria}}>
%   end
% end
% if field.error:
<p class="error" id="{{field.id}}-error">{{field.error[:1].upper() + field.error[1:]}}</p>
% end
% notes = [field.help]
% if kind in ("WHOLE", "NUMBER"):
%   notes.append(_("{} to {}.").format("%g" % field.minimum, "%g" % field.maximum))
% elif field.words and field.words != PLAIN_TEXT and kind in ("TEXT", "LIST", "TABLE"):
%   notes.append(_("Written as: {}.").format(field.words))
% end
% if kind == "LIST" and not field.choices:
%   notes.append(_("One a line."))
% elif kind == "TABLE":
%   notes.append(_("One a line: what it is for, =, and the value."))
% end
% if field.default and kind != "SWITCH":
%   notes.append(_("Normally {}.").format(field.default))
% end
% if any(notes):
<p class="help" id="{{field.id}}-help">{{" ".join(filter(None, notes))}}</p>
% end
</div>
