; The Windows installer: for the user alone, so that it needs no administrator.
; iscc /DVersion=X.Y.Z packaging\windows\mirocals-desktop.iss        takes build\package\mirocals-desktop
#ifndef Version
  #error Give the version: iscc /DVersion=X.Y.Z
#endif
#define Bundle "..\..\build\package"

[Setup]
AppId={{6E0B2C6C-4B0B-4E0B-9B64-4D4952434C53}
AppName=MIROCALS Desktop
AppVersion={#Version}
AppVerName=MIROCALS Desktop {#Version}
AppPublisher=MIROCALS Desktop
VersionInfoVersion={#Version}
DefaultDirName={autopf}\MIROCALS Desktop
DefaultGroupName=MIROCALS Desktop
DisableProgramGroupPage=yes
DisableDirPage=auto
PrivilegesRequired=lowest
ArchitecturesAllowed=x64compatible
ArchitecturesInstallIn64BitMode=x64compatible
ChangesAssociations=yes
CloseApplications=yes
LicenseFile=..\..\LICENSE
SetupIconFile={#Bundle}\extra\icon.ico
UninstallDisplayIcon={app}\mirocals-desktop.exe
UninstallDisplayName=MIROCALS Desktop
OutputDir=..\..\dist
OutputBaseFilename=mirocals-desktop-{#Version}-windows-setup
Compression=lzma2/max
SolidCompression=yes
WizardStyle=modern
#ifdef Sign
SignTool=sign
SignedUninstaller=yes
#endif

[Languages]
Name: "en"; MessagesFile: "compiler:Default.isl"
Name: "fr"; MessagesFile: "compiler:Languages\French.isl"

[CustomMessages]
en.StudyType=MIROCALS study
fr.StudyType=Étude MIROCALS

[Tasks]
Name: "desktopicon"; Description: "{cm:CreateDesktopIcon}"; Flags: unchecked

[InstallDelete]
; what an earlier version left would be found before the new
Type: filesandordirs; Name: "{app}\_internal"

[Files]
Source: "{#Bundle}\mirocals-desktop\*"; DestDir: "{app}"; Flags: ignoreversion recursesubdirs createallsubdirs
Source: "{#Bundle}\extra\study.ico"; DestDir: "{app}"; Flags: ignoreversion

[Icons]
Name: "{autoprograms}\MIROCALS Desktop"; Filename: "{app}\mirocals-desktop.exe"
Name: "{autodesktop}\MIROCALS Desktop"; Filename: "{app}\mirocals-desktop.exe"; Tasks: desktopicon

[Registry]
Root: HKA; Subkey: "Software\Classes\.mirocals"; ValueType: string; ValueData: "Mirocals.Study"; Flags: uninsdeletevalue
Root: HKA; Subkey: "Software\Classes\.mirocals\OpenWithProgids"; ValueType: string; ValueName: "Mirocals.Study"; ValueData: ""; Flags: uninsdeletevalue
Root: HKA; Subkey: "Software\Classes\Mirocals.Study"; ValueType: string; ValueData: "{cm:StudyType}"; Flags: uninsdeletekey
Root: HKA; Subkey: "Software\Classes\Mirocals.Study\DefaultIcon"; ValueType: string; ValueData: "{app}\study.ico"
Root: HKA; Subkey: "Software\Classes\Mirocals.Study\shell\open\command"; ValueType: string; ValueData: """{app}\mirocals-desktop.exe"" ""%1"""
Root: HKA; Subkey: "Software\Classes\Applications\mirocals-desktop.exe\SupportedTypes"; ValueType: string; ValueName: ".mirocals"; ValueData: ""; Flags: uninsdeletekey

[Run]
Filename: "{app}\mirocals-desktop.exe"; Description: "{cm:LaunchProgram,MIROCALS Desktop}"; Flags: nowait postinstall skipifsilent
